//! Text in pictures, whatever it says: where it is, and how likely each character is where.

mod components;
mod detect;
pub(crate) mod lattice;
mod recognise;
mod rectangle;
mod slanted;

pub(crate) use detect::{Detector, TextBox};
pub(crate) use lattice::Lattice;
pub(crate) use recognise::Recogniser;
