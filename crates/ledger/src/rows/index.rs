//! A row → the secondary index keys it must be found under. Pure: every store, in memory or on
//! disk, keeps exactly these entries, and nothing else finds a row but its own key.
//!
//! | Group | Entries of | `until` |
//! |---|---|---|
//! | `Tag(tag)` | vehicles with that electronic plate | `Timestamp::MIN` |
//! | `SecondPlate(plate)` | cross-border vehicles with that second plate | `Timestamp::MIN` |
//! | `PassOf(plate)` | gate passes of that tractor or truck | end of the pass's window |
//! | `DirectiveOn(subject)` | directives on that subject, withdrawn or not | end of its window |
//! | `WatchPlate(pattern)` | `Watch` directives on a plate, one entry a character | end of its window |
//! | `WatchContainer(pattern)` | `Watch` directives on a container, one entry a character | end of its window |
//!
//! A pattern is the text with one character replaced by `?` (`粤B?2345`), which no plate and no
//! container number contains. Two texts of equal length differ in at most one character exactly
//! if they share a pattern, so a reading finds its near entries with as many point lookups as it
//! has characters, however long the watchlist is.

use domain::directive::{Order, Subject};
use domain::ledger_row::Row;
use domain::plate::Plate;
use domain::tag::TagId;
use domain::time::Timestamp;

/// What a row can be found under besides its key.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum IndexGroup {
    /// Vehicles by electronic plate.
    Tag(TagId),
    /// Vehicles by second plate.
    SecondPlate(Plate),
    /// Passes by the vehicle they were built for.
    PassOf(Plate),
    /// Directives by subject.
    DirectiveOn(Subject),
    /// Watch entries by plate with one character left open.
    WatchPlate(String),
    /// Watch entries by container number with one character left open.
    WatchContainer(String),
}

/// One index entry's key: the group, and the time that orders entries within it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IndexKey {
    /// Group.
    pub group: IndexGroup,
    /// End of the row's window; `Timestamp::MIN` where the row has none that matters.
    pub until: Timestamp,
}

/// Every index key of `row`, without doubles.
#[must_use]
pub fn index_keys(row: &Row) -> Vec<IndexKey> {
    match row {
        Row::Vehicle(vehicle) => {
            let timeless = |group| IndexKey {
                group,
                until: Timestamp::MIN,
            };
            let tag = vehicle.tag.clone().map(IndexGroup::Tag).map(timeless);
            let second = vehicle
                .second_plate
                .clone()
                .map(IndexGroup::SecondPlate)
                .map(timeless);
            tag.into_iter().chain(second).collect()
        }
        Row::Pass(pass) => vec![IndexKey {
            group: IndexGroup::PassOf(pass.vehicle.clone()),
            until: pass.window.until,
        }],
        Row::Directive(directive) => {
            let until = directive.window.until;
            let subject = directive.subject.clone();
            let mut groups = vec![IndexGroup::DirectiveOn(subject)];
            if directive.order == Order::Watch {
                groups.extend(watch_groups(&directive.subject));
            }
            groups
                .into_iter()
                .map(|group| IndexKey { group, until })
                .collect()
        }
        Row::Company(_)
        | Row::Driver(_)
        | Row::Premises(_)
        | Row::Container(_)
        | Row::Manifest(_)
        | Row::Consignment(_) => Vec::new(),
    }
}

fn watch_groups(subject: &Subject) -> Vec<IndexGroup> {
    match subject {
        Subject::Vehicle(plate) => patterns(plate.as_str())
            .into_iter()
            .map(IndexGroup::WatchPlate)
            .collect(),
        Subject::Container(number) => patterns(number.as_str())
            .into_iter()
            .map(IndexGroup::WatchContainer)
            .collect(),
        // A number out of a database has no misreadings.
        Subject::Pass(_) | Subject::Consignment(_) | Subject::Company(_) | Subject::Driver(_) => {
            Vec::new()
        }
    }
}

/// `text` with each character in turn replaced by `?`.
pub(super) fn patterns(text: &str) -> Vec<String> {
    text.char_indices()
        .map(|(at, c)| format!("{}?{}", &text[..at], &text[at + c.len_utf8()..]))
        .collect()
}
