//! Rows of one file → what they name that is not among them, and what two of them claim.

use std::collections::BTreeMap;

use domain::ledger_row::{Row, RowKey};

use crate::rows::{IndexGroup, index_keys};

/// Warnings kept.
const WARNINGS_MAX: usize = 100;

/// Something that is no error but will hold vehicles.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warning {
    /// Line of the row that names the other.
    pub line: u64,
    /// In words.
    pub what: String,
}

impl std::fmt::Display for Warning {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.line, self.what)
    }
}

pub(super) fn check(rows: &[Row], line_of: &BTreeMap<RowKey, u64>) -> Vec<Warning> {
    let mut warnings = Vec::new();
    let mut claimed: BTreeMap<IndexGroup, RowKey> = BTreeMap::new();
    for row in rows {
        let key = row.key();
        let line = line_of.get(&key).copied().unwrap_or_default();
        for named in named_by(row) {
            if !line_of.contains_key(&named) {
                let what = format!("{} names {}, which is not here", name(&key), name(&named));
                warnings.push(Warning { line, what });
            }
        }
        if let Row::Vehicle(_) = row {
            for index in index_keys(row) {
                if let Some(other) = claimed.insert(index.group, key.clone()) {
                    let what = format!(
                        "{} has a tag or second plate that {} has too; it names neither",
                        name(&key),
                        name(&other)
                    );
                    warnings.push(Warning { line, what });
                }
            }
        }
        if warnings.len() >= WARNINGS_MAX {
            warnings.truncate(WARNINGS_MAX);
            break;
        }
    }
    warnings
}

/// Keys of the rows that `row` cannot do without.
fn named_by(row: &Row) -> Vec<RowKey> {
    match row {
        Row::Vehicle(r) => std::iter::once(RowKey::Company(r.company.clone()))
            .chain(r.drivers.iter().cloned().map(RowKey::Driver))
            .collect(),
        Row::Driver(r) => vec![RowKey::Company(r.company.clone())],
        Row::Manifest(r) => r
            .consignments
            .iter()
            .cloned()
            .map(RowKey::Consignment)
            .collect(),
        Row::Consignment(r) => vec![RowKey::Manifest(r.manifest.clone())],
        Row::Pass(r) => [
            RowKey::Premises(r.premises.clone()),
            RowKey::Vehicle(r.vehicle.clone()),
            RowKey::Company(r.company.clone()),
        ]
        .into_iter()
        .chain(r.trailer.iter().cloned().map(RowKey::Vehicle))
        .chain(r.driver.iter().cloned().map(RowKey::Driver))
        .chain(
            r.containers
                .iter()
                .map(|held| RowKey::Container(held.number.clone())),
        )
        .chain(
            r.consignments
                .iter()
                .map(|share| RowKey::Consignment(share.id.clone())),
        )
        .collect(),
        // A directive may well concern what is not filed.
        Row::Company(_) | Row::Premises(_) | Row::Container(_) | Row::Directive(_) => Vec::new(),
    }
}

/// Kind and identifier, for messages.
pub(super) fn name(key: &RowKey) -> String {
    match key {
        RowKey::Company(id) => format!("company {id}"),
        RowKey::Vehicle(plate) => format!("vehicle {plate}"),
        RowKey::Driver(id) => format!("driver {id}"),
        RowKey::Premises(id) => format!("premises {id}"),
        RowKey::Container(number) => format!("container {number}"),
        RowKey::Manifest(id) => format!("manifest {id}"),
        RowKey::Consignment(id) => format!("consignment {id}"),
        RowKey::Pass(number) => format!("gate pass {number}"),
        RowKey::Directive(id) => format!("directive {id}"),
    }
}
