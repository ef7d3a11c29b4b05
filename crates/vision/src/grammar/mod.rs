//! Texts of a fixed form: which symbols may stand at each place, and which of them a check digit
//! allows. A lattice is searched for the likeliest text of a form, exactly.

mod pattern;
mod search;

pub(crate) use pattern::{Pattern, SymbolSet};
pub(crate) use search::{Bans, Found, SkipCosts, search};
