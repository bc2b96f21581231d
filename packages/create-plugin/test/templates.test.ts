// The templates are a plugin called sample-name each, and pass their suites as they stand.
import "../templates/agent/test/agent.test.js";
import "../templates/agent/test/conformance.test.js";
import "../templates/channel/test/channel.test.js";
import "../templates/channel/test/conformance.test.js";
import "../templates/domain/test/conformance.test.js";
import "../templates/domain/test/domain.test.js";
import "../templates/storage/test/conformance.test.js";
import "../templates/storage/test/storage.test.js";
