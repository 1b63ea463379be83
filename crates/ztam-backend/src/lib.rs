//! What every platform back end shares: plan, fidelity, templates, artefacts
