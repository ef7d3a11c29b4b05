//! Several views of one vehicle → the container numbers that they agree on.
//!
//! One view can be wrong in a way that a check digit lets pass; two views from other places are
//! seldom wrong in the same way.

use domain::container::ContainerNumber;

use crate::container::NumberSeen;

/// A view that gives a number at least this probability speaks for it.
const VOICE_MIN: f32 = 0.05;
/// Two voices accept a number that neither was sure of, from this probability on.
const TOGETHER_MIN: f32 = 0.97;
/// Numbers that differ in at most this many characters are readings of one number.
const SAME_WITHIN: usize = 4;

/// A number over all views.
#[derive(Debug, Clone, PartialEq)]
pub struct Agreed {
    /// The number.
    pub number: ContainerNumber,
    /// Size-type code, if any view read it.
    pub size_type: Option<String>,
    /// Probability that it is right, 0 to 1.
    pub confidence: f32,
    /// Views that gave it.
    pub views: u8,
    /// Accepted by one view alone or by several together, and contradicted by none that is as sure.
    pub accepted: bool,
}

/// Numbers over `views`, surest first. Each view is what [`crate::Reader::container_numbers`] gave.
#[must_use]
pub fn agree(views: &[&[NumberSeen]]) -> Vec<Agreed> {
    let mut voices: Vec<(Agreed, f32)> = Vec::new();
    for view in views {
        for seen in view.iter().filter(|seen| seen.confidence >= VOICE_MIN) {
            let at = voices.iter().position(|(one, _)| one.number == seen.number);
            let (agreed, doubt) = match at {
                Some(at) => &mut voices[at],
                None => {
                    voices.push((
                        Agreed {
                            number: seen.number.clone(),
                            size_type: None,
                            confidence: 0.0,
                            views: 0,
                            accepted: false,
                        },
                        1.0,
                    ));
                    voices.last_mut().expect("one was pushed")
                }
            };
            *doubt *= 1.0 - seen.confidence;
            agreed.views = agreed.views.saturating_add(1);
            agreed.accepted |= seen.accepted;
            agreed.confidence = 1.0 - *doubt;
            agreed.size_type = agreed.size_type.take().or_else(|| seen.size_type.clone());
        }
    }
    let mut agreed: Vec<Agreed> = voices.into_iter().map(|(one, _)| one).collect();
    agreed.sort_by(|a, b| b.confidence.total_cmp(&a.confidence));
    let alone: Vec<(ContainerNumber, bool)> = agreed
        .iter()
        .map(|one| (one.number.clone(), one.accepted))
        .collect();
    for one in &mut agreed {
        let together = one.views >= 2 && one.confidence >= TOGETHER_MIN;
        let contradicted = alone.iter().any(|(rival, accepted)| {
            *accepted
                && *rival != one.number
                && rival.differing_characters(&one.number) <= SAME_WITHIN
        });
        one.accepted = (one.accepted || together) && !contradicted;
    }
    agreed
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Picture;
    use crate::picture::Quad;

    fn seen(number: &str, confidence: f32, accepted: bool) -> NumberSeen {
        NumberSeen {
            number: ContainerNumber::parse(number).unwrap(),
            size_type: None,
            confidence,
            accepted,
            doubts: Vec::new(),
            characters: Vec::new(),
            runners_up: Vec::new(),
            cost: 0.0,
            looks: (1, 1),
            character_height_px: 30.0,
            region: Quad::upright(0.0, 0.0, 1.0, 1.0).into(),
            crop: Picture::from_rgb(1, 1, vec![0; 3]).unwrap(),
        }
    }

    #[test]
    fn views_add_up_and_contradict() {
        let (a, b) = ("CSQU3054383", "CSQU3054402");
        // Views, each (number, confidence, accepted) → which numbers are accepted.
        type View<'v> = &'v [(&'v str, f32, bool)];
        let cases: [(&[View], &[&str]); 6] = [
            (&[&[(a, 0.99, true)]], &[a]),
            (&[&[(a, 0.9, false)], &[(a, 0.9, false)]], &[a]),
            (&[&[(a, 0.9, false)]], &[]),
            (&[&[(a, 0.3, false)], &[(a, 0.3, false)]], &[]),
            // Two twenty-foot boxes on one chassis.
            (
                &[&[(a, 0.99, true), ("DFSU4119250", 0.98, true)]],
                &[a, "DFSU4119250"],
            ),
            // Two sure readings of what must be one number: neither is taken.
            (&[&[(a, 0.99, true)], &[(b, 0.98, true)]], &[]),
        ];
        for (views, expected) in cases {
            let views: Vec<Vec<NumberSeen>> = views
                .iter()
                .map(|view| view.iter().map(|(n, c, ok)| seen(n, *c, *ok)).collect())
                .collect();
            let views: Vec<&[NumberSeen]> = views.iter().map(Vec::as_slice).collect();
            let accepted: Vec<String> = agree(&views)
                .into_iter()
                .filter(|one| one.accepted)
                .map(|one| one.number.to_string())
                .collect();
            assert_eq!(accepted, expected, "{views:?}");
        }
    }
}
