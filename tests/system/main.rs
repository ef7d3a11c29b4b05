//! System tests: what a customs officer, a technician or an auditor would name, shown on the
//! real binaries. One binary, one file a capability.

mod dependencies;
mod tidy;
