//! The rules: one file and one page each
