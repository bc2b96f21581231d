import { testHalf } from "./sqlite-histories.js";

testHalf("second");
