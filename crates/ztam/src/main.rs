//! The `ztam` binary.
fn main() {}
