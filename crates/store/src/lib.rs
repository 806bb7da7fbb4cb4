//! The database and the files: one way to read, one way to write.
