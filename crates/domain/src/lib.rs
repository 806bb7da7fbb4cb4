//! The rules: one module per service. No HTTP, no sockets.
