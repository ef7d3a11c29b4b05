//! What every page of ours stands behind: a port with limits on connections, idleness and requests,
//! TLS, headers that keep a page from doing what it was not made for, problems in one form. Knows
//! nobody's routes, sessions or tokens.

pub mod door;
pub mod headers;
pub mod limit;
pub mod problem;
pub mod serve;
pub mod tls;

pub use door::{Door, Peer};
pub use limit::Limit;
pub use problem::Problem;
pub use serve::{router, serve};
