//! A row → which premises it concerns: everybody, one by name, or those that a pass ties it to. What
//! is tied to no premises that is known goes to everybody: a gate may know more than the region.

use domain::directive::Subject;
use domain::id::PremisesId;
use domain::ledger_row::{Row, RowKey};
use domain::manifest::Manifest;

/// Whom a row concerns by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Concern {
    /// Every premises.
    Everyone,
    /// One.
    Only(PremisesId),
    /// Those that have the row of this key; everybody if none has.
    WhoeverHas(RowKey),
    /// Those that a pass ties it to; nobody before there is one.
    Tied,
}

/// Whom `row` concerns by itself.
pub(crate) fn concern(row: &Row) -> Concern {
    match row {
        Row::Company(_) | Row::Vehicle(_) | Row::Driver(_) | Row::Container(_) => Concern::Everyone,
        Row::Premises(row) => Concern::Only(row.id.clone()),
        Row::Pass(row) => Concern::Only(row.premises.clone()),
        Row::Manifest(_) | Row::Consignment(_) => Concern::Tied,
        Row::Directive(row) => match &row.subject {
            Subject::Vehicle(_)
            | Subject::Container(_)
            | Subject::Company(_)
            | Subject::Driver(_) => Concern::Everyone,
            Subject::Pass(number) => Concern::WhoeverHas(RowKey::Pass(number.clone())),
            Subject::Consignment(id) => Concern::WhoeverHas(RowKey::Consignment(id.clone())),
        },
    }
}

/// Keys of the rows that a premises needs as soon as it has `row`.
pub(crate) fn ties(row: &Row) -> Vec<RowKey> {
    match row {
        Row::Pass(pass) => pass
            .consignments
            .iter()
            .map(|share| RowKey::Consignment(share.id.clone()))
            .collect(),
        Row::Consignment(row) => vec![RowKey::Manifest(row.manifest.clone())],
        Row::Company(_)
        | Row::Vehicle(_)
        | Row::Driver(_)
        | Row::Premises(_)
        | Row::Container(_)
        | Row::Manifest(_)
        | Row::Directive(_) => Vec::new(),
    }
}

/// What a directive on a pass or a consignment is found by; empty for every other row.
pub(crate) fn subject(row: &Row) -> String {
    match row {
        Row::Directive(row) => match &row.subject {
            Subject::Pass(number) => subject_of(&RowKey::Pass(number.clone())),
            Subject::Consignment(id) => subject_of(&RowKey::Consignment(id.clone())),
            Subject::Vehicle(_)
            | Subject::Container(_)
            | Subject::Company(_)
            | Subject::Driver(_) => String::new(),
        },
        Row::Company(_)
        | Row::Vehicle(_)
        | Row::Driver(_)
        | Row::Premises(_)
        | Row::Container(_)
        | Row::Manifest(_)
        | Row::Consignment(_)
        | Row::Pass(_) => String::new(),
    }
}

/// The same, of the row that a directive may be on.
pub(crate) fn subject_of(key: &RowKey) -> String {
    match key {
        RowKey::Pass(number) => format!("pass:{number}"),
        RowKey::Consignment(id) => format!("consignment:{id}"),
        RowKey::Company(_)
        | RowKey::Vehicle(_)
        | RowKey::Driver(_)
        | RowKey::Premises(_)
        | RowKey::Container(_)
        | RowKey::Manifest(_)
        | RowKey::Directive(_) => String::new(),
    }
}

/// The row as gates are sent it. A manifest names all consignments of a ship, most of them other
/// premises' business; each consignment that a gate has names its manifest anyway.
pub(crate) fn as_sent(row: Row) -> Row {
    match row {
        Row::Manifest(row) => Row::Manifest(Manifest {
            consignments: Vec::new(),
            ..row
        }),
        Row::Company(_)
        | Row::Vehicle(_)
        | Row::Driver(_)
        | Row::Premises(_)
        | Row::Container(_)
        | Row::Consignment(_)
        | Row::Pass(_)
        | Row::Directive(_) => row,
    }
}
