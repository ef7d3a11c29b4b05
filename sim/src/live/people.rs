//! People of a simulated gate → accounts of its page, made through the gate's own console command.

use std::fmt::Write as _;

use anyhow::Context as _;

use super::site::Site;

/// A person of the demonstration.
#[derive(Debug, Clone)]
pub struct Login {
    /// Name.
    pub name: &'static str,
    /// Role.
    pub role: &'static str,
    /// Password, drawn anew for every run.
    pub password: String,
}

const EVERY_RULE: &str = "1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19";

/// Who works at the gate: name, role, rules that may be overridden.
const PEOPLE: [(&str, &str, &str); 6] = [
    ("supervisor-02", "supervisor", EVERY_RULE),
    ("supervisor-03", "supervisor", EVERY_RULE),
    ("clerk-07", "clerk", "5,9,18"),
    ("clerk-08", "clerk", ""),
    ("viewer-01", "viewer", ""),
    ("admin-01", "administrator", ""),
];

/// Makes the accounts of a gate that runs.
///
/// # Errors
/// The gate does not take them.
pub fn hire(site: &Site) -> anyhow::Result<Vec<Login>> {
    let mut logins = Vec::new();
    for (name, role, rules) in PEOPLE {
        let mut password = String::new();
        for part in rand::random::<[u16; 4]>() {
            write!(password, "{part:04x}-").context("a string takes any text")?;
        }
        let password = password.trim_end_matches('-').to_owned();
        let file = site.folder.join(format!("keys/{name}.password"));
        std::fs::write(&file, format!("{password}\n"))?;
        let file = file.display().to_string();
        let mut call = vec![
            "account",
            "--config",
            "gateway.toml",
            "--name",
            name,
            "--role",
            role,
            "--password-file",
            &file,
        ];
        if !rules.is_empty() {
            call.extend(["--rules", rules]);
        }
        site.call(&call)?;
        logins.push(Login {
            name,
            role,
            password,
        });
    }
    Ok(logins)
}
