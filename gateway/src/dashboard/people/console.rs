//! The console's way to the accounts: whoever owns the gate's socket makes accounts and gives new
//! passwords, for a first start by script and for a lost administrator.

use std::collections::BTreeSet;
use std::sync::Arc;

use domain::policy::RuleId;

use super::super::accounts::{Author, Role, SecretText, parse_name};
use super::super::acts::record_account;
use super::super::desk::Desk;

/// Keeps accounts for the console.
#[derive(Clone)]
pub struct Keeper(Arc<Desk>);

impl Keeper {
    pub(in crate::dashboard) fn new(desk: Arc<Desk>) -> Self {
        Self(desk)
    }

    /// Makes the account, or sets its password where no role is given.
    ///
    /// # Errors
    /// In words for the terminal.
    pub async fn keep(
        &self,
        name: &str,
        password: SecretText,
        role: Option<Role>,
        privileges: BTreeSet<RuleId>,
    ) -> Result<(), String> {
        let desk = &self.0;
        let name = parse_name(name).map_err(|refusal| refusal.to_string())?;
        let job = {
            let people = desk.people();
            let job = people.accounts.new_password(&name, password);
            job.map_err(|refusal| refusal.to_string())?
        };
        let hashed = tokio::task::spawn_blocking(move || job.run()).await;
        let hashed = hashed.map_err(|_| "the password could not be hashed".to_owned())?;
        let hashed = hashed.map_err(|failure| failure.to_string())?;
        let record = {
            let mut people = desk.people();
            let accounts = &mut people.accounts;
            let kept = match role {
                Some(role) => accounts.create(&Author::Console, role, privileges, hashed),
                None => accounts.set_password(&Author::Console, hashed),
            };
            kept.map_err(|refusal| refusal.to_string())?
        };
        let recorded = record_account(desk, record, None).await;
        recorded.map_err(|refusal| refusal.to_string())
    }
}
