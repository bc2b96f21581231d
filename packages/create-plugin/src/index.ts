export { type Answers, kinds, type PluginKind, packageNameOf, parseAnswers } from "./answers.js";
export { type PluginFile, pluginFiles, type TemplateFile, type Versions } from "./plugin-files.js";
