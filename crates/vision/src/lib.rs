//! Pictures → container numbers and plates, each with its place, its confidence and what else it
//! could be; scanner images → what is in a container ([`scan`]).
//!
//! Knows no camera, no lane and no gate pass. Bytes come in, findings go out; only [`Models`]
//! opens files. The only crate that names `image` and `ort`.

mod agree;
mod annotate;
mod calibration;
mod container;
mod grammar;
mod layout;
mod models;
mod network;
mod picture;
mod plate;
mod reader;
mod region;
mod runtime;
pub mod scan;
mod shape;
mod text;

pub use agree::{Agreed, agree};
pub use annotate::{EncodeError, Mark};
pub use container::{CharacterSeen, Doubt, NumberSeen};
pub use models::{ModelError, Models};
pub use network::InferenceError;
pub use picture::{DecodeError, Limits, Picture, Point};
pub use plate::{PlateKind, PlateSeen};
pub use reader::{Reader, Scene};
pub use region::Region;
pub use runtime::{Engine, EngineChoice, Runtime, RuntimeError, library_places};
