//! The other side of every gateway, for development and demos: it says on every page that it is one.
