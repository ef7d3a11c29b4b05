//! Keys by which gates are known. A key is active; or announced by its gate, which will sign with it
//! next; or retired, because its gate has gone over to another; or revoked, because nobody may sign
//! with it. Only active and announced ones within their time are believed.

use std::collections::BTreeMap;

use domain::id::GateAddress;
use domain::time::{Timestamp, Window};
use wire::VerifyError;
use wire::signature::PublicKey;

use super::read::address;
use super::{DownLink, DownLinkError, damaged};
use crate::database::{Purpose, Row as Columns, Value};

/// How a key stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyState {
    /// The gate signs with it.
    Active,
    /// The gate will sign with it.
    Announced,
    /// The gate has signed with it before.
    Retired,
    /// Nobody may sign with it.
    Revoked,
}

impl KeyState {
    /// In a word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Announced => "announced",
            Self::Retired => "retired",
            Self::Revoked => "revoked",
        }
    }

    fn parse(word: &str) -> Result<Self, DownLinkError> {
        [Self::Active, Self::Announced, Self::Retired, Self::Revoked]
            .into_iter()
            .find(|state| state.word() == word)
            .ok_or_else(|| damaged("key", format!("{word:?} is no state")))
    }
}

/// A key of a gate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GateKey {
    /// The public key.
    pub key: PublicKey,
    /// How it stands.
    pub state: KeyState,
    /// When it may be used.
    pub valid: Window,
    /// When its state changed last.
    pub changed_at: Timestamp,
    /// Who changed it; may be empty.
    pub by: String,
    /// Why; may be empty.
    pub why: String,
}

/// Whose signature a message carries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Signed<T> {
    /// A believed key's. `true` if it is one that was announced.
    Good(T, PublicKey, bool),
    /// A key's of this gate that is not believed (any more), and why.
    NotBelieved(&'static str),
    /// Nobody's who is known, or the message is malformed.
    Refused(VerifyError),
}

/// The keys of one gate.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GateKeys(Vec<GateKey>);

impl GateKeys {
    /// Reads a message by any key of the gate.
    pub fn open<T>(
        &self,
        now: Timestamp,
        read: impl Fn(&PublicKey) -> Result<T, VerifyError>,
    ) -> Signed<T> {
        let mut refusal = VerifyError::Signature;
        for known in &self.0 {
            let value = match read(&known.key) {
                Ok(value) => value,
                Err(VerifyError::Signature) => continue,
                Err(error @ VerifyError::Decode(_)) => {
                    refusal = error;
                    continue;
                }
            };
            return match known.state {
                KeyState::Revoked => Signed::NotBelieved("revoked key"),
                KeyState::Retired => Signed::NotBelieved("retired key"),
                KeyState::Active | KeyState::Announced if !known.valid.contains(now) => {
                    Signed::NotBelieved("expired key")
                }
                KeyState::Active => Signed::Good(value, known.key, false),
                KeyState::Announced => Signed::Good(value, known.key, true),
            };
        }
        Signed::Refused(refusal)
    }

    /// The keys, active ones first.
    pub fn iter(&self) -> impl Iterator<Item = &GateKey> {
        self.0.iter()
    }

    /// Whether any key is believed at `now`.
    #[must_use]
    pub fn is_believed(&self, now: Timestamp) -> bool {
        self.0.iter().any(|key| {
            matches!(key.state, KeyState::Active | KeyState::Announced) && key.valid.contains(now)
        })
    }
}

/// Every enrolled gate with its keys.
pub type Enrolled = BTreeMap<GateAddress, GateKeys>;

/// A change of a key.
#[derive(Debug, Clone)]
pub struct KeyChange<'a> {
    /// Gate.
    pub gate: &'a GateAddress,
    /// Key.
    pub key: &'a PublicKey,
    /// New state.
    pub state: KeyState,
    /// When it may be used; kept as it is for a key that is known.
    pub valid: Window,
    /// Who.
    pub by: &'a str,
    /// Why.
    pub why: &'a str,
}

fn key_of(row: &Columns) -> Result<(GateAddress, GateKey), DownLinkError> {
    let bytes =
        <[u8; 32]>::try_from(row.bytes(1)?).map_err(|_| damaged("key", "it has not 32 bytes"))?;
    let key = GateKey {
        key: PublicKey::from_bytes(&bytes).map_err(|error| damaged("key", error))?,
        state: KeyState::parse(row.text(2)?)?,
        valid: Window {
            from: Timestamp::from_micros(row.int(3)?),
            until: Timestamp::from_micros(row.int(4)?),
        },
        changed_at: Timestamp::from_micros(row.int(5)?),
        by: row.text(6)?.to_owned(),
        why: row.text(7)?.to_owned(),
    };
    Ok((address(row.text(0)?)?, key))
}

impl DownLink {
    /// Every enrolled gate.
    ///
    /// # Errors
    /// The store failed or holds a damaged key.
    pub async fn enrolled(&self) -> Result<Enrolled, DownLinkError> {
        let sql = "SELECT gate, key, state, valid_from, valid_until, changed_at, by_whom, why
                   FROM gate_key ORDER BY gate, state, changed_at DESC";
        let mut enrolled = Enrolled::new();
        for row in self.0.rows("read keys of gates", sql, &[]).await? {
            let (gate, key) = key_of(&row)?;
            enrolled.entry(gate).or_default().0.push(key);
        }
        Ok(enrolled)
    }

    /// The key that each gate signs with now.
    ///
    /// # Errors
    /// As [`Self::enrolled`].
    pub async fn active_keys(
        &self,
        now: Timestamp,
    ) -> Result<BTreeMap<GateAddress, PublicKey>, DownLinkError> {
        let enrolled = self.enrolled().await?;
        let active = enrolled.into_iter().filter_map(|(gate, keys)| {
            let known = keys
                .iter()
                .find(|known| known.state == KeyState::Active && known.valid.contains(now))?;
            Some((gate, known.key))
        });
        Ok(active.collect())
    }

    /// Enrols a gate that has no key yet, and begins its premises' stream. A gate that is known
    /// keeps the keys that it has.
    ///
    /// # Errors
    /// The store failed.
    pub async fn seed(
        &self,
        gate: &GateAddress,
        key: &PublicKey,
        at: Timestamp,
    ) -> Result<(), DownLinkError> {
        let sql = "SELECT 1 FROM gate_key WHERE gate = $1 LIMIT 1";
        let known = self
            .0
            .rows("looked for a gate", sql, &[gate.to_string().into()])
            .await?;
        if known.is_empty() {
            let change = KeyChange {
                gate,
                key,
                state: KeyState::Active,
                valid: Window {
                    from: Timestamp::MIN,
                    until: Timestamp::MAX,
                },
                by: "region.toml",
                why: "",
            };
            self.change_key(&change, at).await?;
        }
        self.begin_stream(&gate.premises, at).await
    }

    /// Enrols a key, or changes how one stands. A key that becomes active retires the one that was.
    ///
    /// # Errors
    /// The store failed.
    pub async fn change_key(
        &self,
        change: &KeyChange<'_>,
        at: Timestamp,
    ) -> Result<(), DownLinkError> {
        let mut open = self.0.begin(Purpose::SendDown).await?;
        let gate = change.gate.to_string();
        let key = Value::Bytes(change.key.as_bytes().to_vec());
        if change.state == KeyState::Active {
            let values = [
                gate.as_str().into(),
                key.clone(),
                Value::Int(at.as_micros()),
                change.by.into(),
            ];
            let sql = "UPDATE gate_key SET state = 'retired', changed_at = $3, by_whom = $4,
                           why = 'another key took its place'
                       WHERE gate = $1 AND key <> $2 AND state = 'active'";
            open.run("retired a key", sql, &values).await?;
        }
        let values = [
            gate.into(),
            key,
            change.state.word().into(),
            Value::Int(change.valid.from.as_micros()),
            Value::Int(change.valid.until.as_micros()),
            Value::Int(at.as_micros()),
            change.by.into(),
            change.why.into(),
        ];
        let sql = "INSERT INTO gate_key
                       (gate, key, state, valid_from, valid_until, changed_at, by_whom, why)
                   VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
                   ON CONFLICT (gate, key) DO UPDATE SET state = excluded.state,
                       changed_at = excluded.changed_at, by_whom = excluded.by_whom,
                       why = excluded.why";
        open.run("changed a key", sql, &values).await?;
        open.commit().await?;
        Ok(())
    }

    /// A gate has announced its next key in a batch that its key has signed. A key that is known
    /// keeps its state: a revoked one does not come back by this way.
    ///
    /// # Errors
    /// The store failed.
    pub async fn announced(
        &self,
        gate: &GateAddress,
        key: &PublicKey,
        at: Timestamp,
    ) -> Result<bool, DownLinkError> {
        let values = [
            gate.to_string().into(),
            Value::Bytes(key.as_bytes().to_vec()),
            Value::Int(at.as_micros()),
            Value::Int(Timestamp::MAX.as_micros()),
        ];
        let sql = "INSERT INTO gate_key
                       (gate, key, state, valid_from, valid_until, changed_at, by_whom, why)
                   VALUES ($1, $2, 'announced', $3, $4, $3, 'the gate', 'announced in its journal')
                   ON CONFLICT DO NOTHING";
        Ok(self.0.run("noted a gate's next key", sql, &values).await? > 0)
    }

    /// Revokes a key of a gate, or all of them; how many were.
    ///
    /// # Errors
    /// The store failed.
    pub async fn revoke(
        &self,
        gate: &GateAddress,
        key: Option<&PublicKey>,
        by: &str,
        why: &str,
        at: Timestamp,
    ) -> Result<u64, DownLinkError> {
        let mut values = vec![
            gate.to_string().into(),
            Value::Int(at.as_micros()),
            by.into(),
            why.into(),
        ];
        let touched = match key {
            Some(key) => {
                values.push(Value::Bytes(key.as_bytes().to_vec()));
                let sql = "UPDATE gate_key SET state = 'revoked', changed_at = $2, by_whom = $3,
                               why = $4
                           WHERE gate = $1 AND key = $5 AND state <> 'revoked'";
                self.0.run("revoked a key", sql, &values).await?
            }
            None => {
                let sql = "UPDATE gate_key SET state = 'revoked', changed_at = $2, by_whom = $3,
                               why = $4
                           WHERE gate = $1 AND state <> 'revoked'";
                self.0.run("revoked a gate's keys", sql, &values).await?
            }
        };
        Ok(touched)
    }
}

/// The 32 bytes of a key in a record that announces one, found without reading the record: field 42
/// of a record, 32 bytes long.
#[must_use]
pub fn may_announce(payload: &[u8]) -> bool {
    const MARK: [u8; 3] = [0xd2, 0x02, 0x20];
    payload.windows(MARK.len()).any(|some| some == MARK)
}
