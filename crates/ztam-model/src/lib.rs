//! The declared project: types, JSON Schema, shape check, lowering
