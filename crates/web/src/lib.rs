//! HTTP: parse into typed commands, check rights, render. No SQL, no sending.
