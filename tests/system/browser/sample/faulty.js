"use strict";

console.error("said by the page");
throw new Error("thrown by the page");
