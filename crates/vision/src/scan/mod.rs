//! Scanner images → what is in a container: physics first, a network where it adds something.
//!
//! Transmission is measured, areal density and mass are computed from step wedges of the same
//! scanner, and each finding says where it is and how far from its limit.

mod calibration;
mod canvas;
mod cargo;
mod decode;
mod examine;
mod findings;
mod geometry;
mod judge;
mod levels;
mod map;
mod outline;
mod render;
mod small_load;
#[cfg(test)]
mod tests;
mod walls;

pub use calibration::{Band, Calibration, CalibrationError, Step};
pub use canvas::{CANVAS_COLUMNS, CANVAS_ROWS, Canvas};
pub use decode::{ScanDecodeError, ScanImage, grey16_png};
pub use examine::Examiner;
pub use findings::{
    Anomaly, AnomalyKind, Bands, DensityClass, HeatMap, Likeness, Quality, ScanFindings,
};
pub use geometry::{SCATTER_REACH_MM, ScanGeometry, SidecarError};
pub use judge::CHAPTERS;
pub use outline::QualityIssue;
