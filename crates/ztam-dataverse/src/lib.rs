//! Every Dataverse word: catalogue, binding, planning, emission
