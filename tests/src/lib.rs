//! Holds nothing: the system tests stand in `system/`, one file a capability.
