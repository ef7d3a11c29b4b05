//! Lines of an order of customs → acts on the ledger: rows as an import has them, and withdrawals,
//! suspensions and reinstatements of rows that are there. Who ordered it and why stands on a line of
//! its own, for all that follow it. Applying an act to the row that it is about is done here too;
//! where rows are kept, this module refuses to know.

use domain::container::ContainerNumber;
use domain::id::{
    CompanyId, ConsignmentId, DirectiveId, DriverId, ManifestId, PassNumber, PremisesId,
};
use domain::ledger_row::{Change, Row, RowKey};
use domain::plate::Plate;
use domain::recordation::Standing;
use serde::Deserialize;

use super::decode::{FieldError, Parsed, bounded_text, parsed, wrong};
use super::{ImportError, Importer, misshapen, parse_line, references, whole_line};

const KINDS: &str =
    "company, vehicle, driver, premises, container, manifest, consignment, pass, directive";

/// What one line orders.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OrderAct {
    /// Insert or replace a row.
    Put(Box<Row>),
    /// Take a row back. A directive stays, marked as withdrawn.
    Withdraw(RowKey),
    /// Suspend, reinstate or revoke a recordation or a pass.
    SetStanding(RowKey, Standing),
}

/// Who ordered something, and why; both may be empty.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Warrant {
    /// Officer, office or system.
    pub by: String,
    /// Reason in words.
    pub why: String,
}

/// One line with an act.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderLine {
    /// Line, from 1.
    pub line: u64,
    /// What is ordered.
    pub act: OrderAct,
    /// By whom and why.
    pub warrant: Warrant,
}

/// Why an act cannot be applied.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OrderError {
    /// The row that it is about is not there.
    #[error("{name} is not in the ledger; send its row first, or correct the number")]
    Unknown {
        /// Kind and identifier.
        name: String,
    },
    /// The row has no standing.
    #[error(
        "{name} has no standing; suspend a company, vehicle, driver, premises, container or pass"
    )]
    NoStanding {
        /// Kind and identifier.
        name: String,
    },
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum VerbText {
    Order(WarrantText),
    Withdraw(NamedText),
    Suspend(NamedText),
    Reinstate(NamedText),
    Revoke(NamedText),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WarrantText {
    #[serde(default)]
    by: String,
    #[serde(default)]
    why: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NamedText {
    kind: String,
    id: String,
}

const VERBS: [&str; 5] = ["order", "withdraw", "suspend", "reinstate", "revoke"];

/// Reads the lines of an order, all or nothing.
///
/// # Errors
/// The first hundred errors, in the order of lines.
pub fn read<L: AsRef<[u8]>>(
    lines: impl IntoIterator<Item = L>,
) -> Result<Vec<OrderLine>, Vec<ImportError>> {
    let mut read = Vec::new();
    let mut errors = Vec::new();
    let mut warrant = Warrant::default();
    for (number, line) in (1..).zip(lines) {
        match order_line(line.as_ref(), number, &mut warrant) {
            Ok(line) => read.extend(line),
            Err(error) => errors.push(error),
        }
        if read.len() > Importer::ROWS_MAX {
            let what = format!("more than {} lines", Importer::ROWS_MAX);
            errors.push(whole_line(number, what, "split the file"));
        }
        if errors.len() >= Importer::ERRORS_MAX || read.len() > Importer::ROWS_MAX {
            break;
        }
    }
    if errors.is_empty() {
        Ok(read)
    } else {
        Err(errors)
    }
}

fn order_line(
    line: &[u8],
    number: u64,
    warrant: &mut Warrant,
) -> Result<Option<OrderLine>, ImportError> {
    let line = match line.strip_prefix(b"\xef\xbb\xbf") {
        Some(rest) if number == 1 => rest,
        Some(_) | None => line,
    };
    let line = line.trim_ascii_end();
    if line.is_empty() {
        return Ok(None);
    }
    let text = std::str::from_utf8(line)
        .map_err(|error| whole_line(number, error.to_string(), "save the file as UTF-8"))?;
    let act = if VERBS.contains(&first_member(text)) {
        let verb: VerbText =
            serde_json::from_str(text).map_err(|error| misshapen(text, number, &error))?;
        let taken = take(verb, warrant).map_err(|error| ImportError {
            line: number,
            field: error.field,
            what: error.what,
            way_out: error.way_out,
        })?;
        match taken {
            Some(act) => act,
            None => return Ok(None),
        }
    } else {
        OrderAct::Put(Box::new(parse_line(text, number)?))
    };
    Ok(Some(OrderLine {
        line: number,
        act,
        warrant: warrant.clone(),
    }))
}

/// Name of the first member of an object; empty if the text is none.
fn first_member(text: &str) -> &str {
    text.trim_start()
        .strip_prefix('{')
        .and_then(|rest| rest.trim_start().strip_prefix('"'))
        .and_then(|rest| rest.split('"').next())
        .unwrap_or("")
}

fn take(verb: VerbText, warrant: &mut Warrant) -> Result<Option<OrderAct>, FieldError> {
    Ok(Some(match verb {
        VerbText::Order(text) => {
            *warrant = Warrant {
                by: bounded_text("by", &text.by)?,
                why: bounded_text("why", &text.why)?,
            };
            return Ok(None);
        }
        VerbText::Withdraw(named) => OrderAct::Withdraw(row_key(&named.kind, &named.id)?),
        VerbText::Suspend(named) => standing(&named, Standing::Suspended)?,
        VerbText::Reinstate(named) => standing(&named, Standing::Active)?,
        VerbText::Revoke(named) => standing(&named, Standing::Revoked)?,
    }))
}

fn standing(named: &NamedText, standing: Standing) -> Parsed<OrderAct> {
    Ok(OrderAct::SetStanding(
        row_key(&named.kind, &named.id)?,
        standing,
    ))
}

/// The key of a row by the word of its kind and its identifier in any spelling.
fn row_key(kind: &str, id: &str) -> Parsed<RowKey> {
    Ok(match kind {
        "company" => RowKey::Company(parsed("id", id, CompanyId::parse)?),
        "vehicle" => RowKey::Vehicle(parsed("id", id, Plate::parse)?),
        "driver" => RowKey::Driver(parsed("id", id, DriverId::parse)?),
        "premises" => RowKey::Premises(parsed("id", id, PremisesId::parse)?),
        "container" => RowKey::Container(parsed("id", id, ContainerNumber::parse)?),
        "manifest" => RowKey::Manifest(parsed("id", id, ManifestId::parse)?),
        "consignment" => RowKey::Consignment(parsed("id", id, ConsignmentId::parse)?),
        "pass" => RowKey::Pass(parsed("id", id, PassNumber::parse)?),
        "directive" => RowKey::Directive(parsed("id", id, DirectiveId::parse)?),
        other => {
            let what = format!("{other:?} is no kind of row");
            return Err(wrong("kind", what, format!("write one of {KINDS}")));
        }
    })
}

impl OrderAct {
    /// The row that it is about.
    #[must_use]
    pub fn key(&self) -> RowKey {
        match self {
            Self::Put(row) => row.key(),
            Self::Withdraw(key) | Self::SetStanding(key, _) => key.clone(),
        }
    }

    /// In a word: what the history of a row says of it.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Put(_) => "put",
            Self::Withdraw(_) => "withdrawn",
            Self::SetStanding(_, Standing::Active) => "reinstated",
            Self::SetStanding(_, Standing::Suspended) => "suspended",
            Self::SetStanding(_, Standing::Revoked) => "revoked",
        }
    }

    /// The change of the ledger, given the row that is there.
    ///
    /// # Errors
    /// The row is not there, or has no standing.
    pub fn change(&self, current: Option<Row>) -> Result<Change, OrderError> {
        let name = || references::name(&self.key());
        let known = || {
            current
                .clone()
                .ok_or_else(|| OrderError::Unknown { name: name() })
        };
        let row = match self {
            Self::Put(row) => return Ok(Change::Upsert(row.clone())),
            Self::Withdraw(key) => match known()? {
                Row::Directive(mut directive) => {
                    directive.withdrawn = true;
                    Row::Directive(directive)
                }
                Row::Company(_)
                | Row::Vehicle(_)
                | Row::Driver(_)
                | Row::Premises(_)
                | Row::Container(_)
                | Row::Manifest(_)
                | Row::Consignment(_)
                | Row::Pass(_) => return Ok(Change::Remove(key.clone())),
            },
            Self::SetStanding(_, standing) => {
                let mut row = known()?;
                *standing_of(&mut row).ok_or_else(|| OrderError::NoStanding { name: name() })? =
                    *standing;
                row
            }
        };
        Ok(Change::Upsert(Box::new(row)))
    }
}

/// The standing of a row, if rows of its kind have one.
pub fn standing_of(row: &mut Row) -> Option<&mut Standing> {
    match row {
        Row::Company(row) => Some(&mut row.standing),
        Row::Vehicle(row) => Some(&mut row.standing),
        Row::Driver(row) => Some(&mut row.standing),
        Row::Premises(row) => Some(&mut row.standing),
        Row::Container(row) => Some(&mut row.standing),
        Row::Pass(row) => Some(&mut row.standing),
        Row::Manifest(_) | Row::Consignment(_) | Row::Directive(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::encode_line;
    use crate::sample;
    use domain::directive::{Order, Subject};

    fn lines(text: &str) -> Result<Vec<OrderLine>, Vec<ImportError>> {
        read(text.lines())
    }

    #[test]
    fn a_warrant_stands_for_the_lines_behind_it() {
        let company = encode_line(&Row::Company(sample::company()));
        let text = format!(
            "{company}\n{{\"order\":{{\"by\":\"officer-07\",\"why\":\"no insurance\"}}}}\n\
             {{\"suspend\":{{\"kind\":\"vehicle\",\"id\":\"粤B·12345\"}}}}\n\n\
             {{\"withdraw\":{{\"kind\":\"directive\",\"id\":\"X-1\"}}}}\n"
        );
        let read = lines(&text).expect("an order");
        let plate = RowKey::Vehicle(sample::plate("粤B12345"));
        let directive = RowKey::Directive(DirectiveId::parse("X-1").expect("valid"));
        let acts: Vec<(u64, &OrderAct, &str)> = read
            .iter()
            .map(|line| (line.line, &line.act, line.warrant.by.as_str()))
            .collect();
        assert_eq!(
            acts,
            [
                (
                    1,
                    &OrderAct::Put(Box::new(Row::Company(sample::company()))),
                    ""
                ),
                (
                    3,
                    &OrderAct::SetStanding(plate, Standing::Suspended),
                    "officer-07"
                ),
                (5, &OrderAct::Withdraw(directive), "officer-07"),
            ]
        );
    }

    #[test]
    fn a_wrong_line_refuses_the_whole_order_and_names_itself() {
        for (line, said) in [
            (
                "{\"suspend\":{\"kind\":\"lorry\",\"id\":\"1\"}}",
                "no kind of row",
            ),
            ("{\"suspend\":{\"kind\":\"vehicle\"}}", "id"),
            ("{\"suspend\":{\"kind\":\"vehicle\",\"id\":\"\"}}", "id"),
            ("{\"order\":{\"by\":\"x\",\"because\":\"y\"}}", "because"),
            ("{\"forget\":{}}", "forget"),
            ("{\"withdraw\":3}", "withdraw"),
            ("no json", ""),
        ] {
            let errors = lines(&format!("\n{line}")).expect_err(line);
            assert_eq!(errors[0].line, 2, "{line}");
            assert!(
                errors[0].to_string().contains(said),
                "{line}: {}",
                errors[0]
            );
        }
    }

    #[test]
    fn acts_change_what_is_there() {
        let vehicle = Row::Vehicle(sample::vehicle(
            "粤B12345",
            domain::recordation::VehicleClass::Tractor,
        ));
        let suspend = OrderAct::SetStanding(vehicle.key(), Standing::Suspended);
        let Ok(Change::Upsert(row)) = suspend.change(Some(vehicle.clone())) else {
            panic!("a vehicle has a standing")
        };
        let mut expected = vehicle.clone();
        *standing_of(&mut expected).expect("it has one") = Standing::Suspended;
        assert_eq!(*row, expected);
        assert!(matches!(
            suspend.change(None),
            Err(OrderError::Unknown { .. })
        ));

        let order = sample::directive(
            "X-1",
            Subject::Vehicle(sample::plate("粤B12345")),
            Order::Detain,
        );
        let withdraw = OrderAct::Withdraw(Row::Directive(order.clone()).key());
        let Ok(Change::Upsert(row)) = withdraw.change(Some(Row::Directive(order.clone()))) else {
            panic!("a directive stays")
        };
        assert!(matches!(*row, Row::Directive(ref withdrawn) if withdrawn.withdrawn));
        let suspend =
            OrderAct::SetStanding(Row::Directive(order.clone()).key(), Standing::Suspended);
        assert!(matches!(
            suspend.change(Some(Row::Directive(order))),
            Err(OrderError::NoStanding { .. })
        ));
        let withdraw = OrderAct::Withdraw(vehicle.key());
        assert_eq!(
            withdraw.change(Some(vehicle.clone())),
            Ok(Change::Remove(vehicle.key()))
        );
    }
}
