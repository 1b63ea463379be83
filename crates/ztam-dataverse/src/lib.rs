//! Every Dataverse word: catalogue, binding, planning, emission

pub mod catalog;
