import { testHalf } from "./sqlite-histories.js";

testHalf("first");
