//! The registers of each published map version, frozen. A change here breaks
//! controllers in the field: append, never edit.

mod v1;
mod v2;
