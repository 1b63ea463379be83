//! Names resolved, access computed, paths explained
