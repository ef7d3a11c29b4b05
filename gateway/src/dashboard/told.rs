//! What came of an act → the query of the page that it leads back to, and back into words. The query
//! carries a mark that only the same session can have made: a link that somebody else wrote tells
//! nothing, so that nobody is shown a refusal, or a yes, that never was.

use serde::Deserialize;
use sha2::{Digest as _, Sha256};

/// Longest text that is told, in characters.
const WHY_MAX: usize = 300;

/// What came of an act.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Told {
    /// It was done.
    Done,
    /// A second person was asked.
    Asked,
    /// It was refused, and why.
    Refused(String),
}

/// The query of a page that was come back to.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Back {
    told: Option<String>,
    #[serde(default)]
    why: String,
    #[serde(default)]
    mark: String,
}

impl Told {
    /// The query that tells it to the session whose forms carry `form`, without its question mark.
    pub(super) fn query(self, form: &str) -> String {
        let (told, why) = match self {
            Self::Done => ("done", String::new()),
            Self::Asked => ("asked", String::new()),
            Self::Refused(why) => ("refused", why.chars().take(WHY_MAX).collect()),
        };
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.append_pair("told", told);
        if !why.is_empty() {
            query.append_pair("why", &why);
        }
        query.append_pair("mark", &mark(form, told, &why));
        query.finish()
    }
}

impl Back {
    /// What is told, if the session whose forms carry `form` made this query.
    pub(super) fn told(self, form: &str) -> Option<Told> {
        let told = self.told?;
        if self.mark != mark(form, &told, &self.why) {
            return None;
        }
        match told.as_str() {
            "done" => Some(Told::Done),
            "asked" => Some(Told::Asked),
            "refused" => Some(Told::Refused(self.why)),
            _ => None,
        }
    }
}

/// The token of the forms is known to the session and its pages alone.
fn mark(form: &str, told: &str, why: &str) -> String {
    let mut hash = Sha256::new();
    for part in [form, told, why] {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part.as_bytes());
    }
    hex::encode(&hash.finalize()[..16])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(form: &str, query: &str) -> Option<Told> {
        let pairs: Vec<(String, String)> = form_urlencoded::parse(query.as_bytes())
            .into_owned()
            .collect();
        let of = |name: &str| {
            let found = pairs.iter().find(|(key, _)| key == name);
            found.map(|(_, value)| value.clone())
        };
        let back = Back {
            told: of("told"),
            why: of("why").unwrap_or_default(),
            mark: of("mark").unwrap_or_default(),
        };
        back.told(form)
    }

    #[test]
    fn only_the_session_that_was_told_is_told_again() {
        let refused = || Told::Refused("R9 & <b>粤B</b>".to_owned());
        for told in [Told::Done, Told::Asked, refused()] {
            let query = told.clone().query("one");
            assert_eq!(read("one", &query), Some(told));
            assert_eq!(read("other", &query), None, "another session");
        }
        for forged in [
            "told=done".to_owned(),
            "told=refused&why=call+this+number".to_owned(),
            "told=refused&why=x&mark=".to_owned(),
            refused().query("one").replace("R9", "R8"),
            Told::Done.query("one").replace("done", "asked"),
        ] {
            assert_eq!(read("one", &forged), None, "{forged}");
        }
    }

    #[test]
    fn a_long_refusal_is_cut_and_still_told() {
        let query = Told::Refused("长".repeat(900)).query("one");
        let expected = Told::Refused("长".repeat(WHY_MAX));
        assert_eq!(read("one", &query), Some(expected));
    }
}
