//! Who may do what with a held vehicle.

use domain::account::AccountAct;
use domain::operator::Act;

use super::*;

async fn release(site: &Site, person: &Person) -> Answer {
    let passage = held().to_string();
    let lane = lane_name();
    let fields = [
        ("act", "release"),
        ("lane", lane.as_str()),
        ("passage", passage.as_str()),
        ("attempt", "1"),
        ("reason", "DOCS"),
        ("text", "looked at"),
    ];
    site.post("/acts", person, &fields).await
}

pub(super) fn location(answer: &Answer) -> String {
    let line = answer
        .headers
        .lines()
        .find_map(|line| line.strip_prefix("location: "));
    line.unwrap_or_default().to_owned()
}

#[tokio::test]
async fn a_clerk_with_the_privilege_releases_in_the_own_name_and_nobody_else_does() {
    let site = Site::start(&[]).await;
    site.person("admin-01", Role::Administrator, &[]).await;
    let viewer = site.person("viewer-01", Role::Viewer, &[]).await;
    let without = site.person("clerk-08", Role::Clerk, &[5]).await;
    let with = site.person("clerk-07", Role::Clerk, &[9]).await;
    for person in [&viewer, &without] {
        let answer = release(&site, person).await;
        assert_eq!(answer.status, 303);
        assert!(
            location(&answer).contains("told=refused"),
            "{}",
            answer.headers
        );
    }
    assert!(site.asked.lock().unwrap().is_empty());
    // What the page shows to whom: the button is off, with whose privilege it needs.
    let page = site
        .get(&format!("/review/{}", held()), Some(&without))
        .await;
    assert!(
        page.body
            .contains("needs the privilege for R9 · held by clerk-07")
    );
    // A refused try keeps nobody else from the case.
    let answer = release(&site, &with).await;
    assert!(
        location(&answer).contains("told=done"),
        "{}",
        answer.headers
    );
    let asked = site.asked.lock().unwrap();
    assert_eq!(asked.len(), 1);
    assert_eq!(asked[0].user.as_str(), "clerk-07");
}

#[tokio::test]
async fn of_two_clerks_one_has_the_case_and_the_act_carries_the_privileges() {
    let site = Site::start(&[]).await;
    site.person("admin-01", Role::Administrator, &[]).await;
    let first = site.person("clerk-07", Role::Clerk, &[5, 9]).await;
    let second = site.person("clerk-08", Role::Clerk, &[9]).await;
    let (one, other) = tokio::join!(release(&site, &first), release(&site, &second));
    let asked = std::mem::take(&mut *site.asked.lock().unwrap());
    assert_eq!(asked.len(), 1, "one of the two");
    let refused = [&one, &other].map(|answer| location(answer).contains("told=refused"));
    assert_eq!(refused.iter().filter(|refused| **refused).count(), 1);
    let winner = if refused[0] {
        ("clerk-08", rules(&[9]))
    } else {
        ("clerk-07", rules(&[5, 9]))
    };
    assert_eq!(asked[0].user.as_str(), winner.0);
    assert_eq!(asked[0].passage, Some(held()));
    let Act::Clear {
        attempt: Some(1),
        approved_by: None,
        privileges,
        reason_code,
        text,
    } = &asked[0].act
    else {
        panic!("{:?}", asked[0].act);
    };
    assert_eq!(
        privileges.iter().copied().collect::<BTreeSet<_>>(),
        winner.1
    );
    assert_eq!((reason_code.as_str(), text.as_str()), ("DOCS", "looked at"));
}

#[tokio::test]
async fn where_two_are_wanted_a_second_person_with_the_privilege_approves() {
    let site = Site::start(&[9]).await;
    site.person("admin-01", Role::Administrator, &[]).await;
    let first = site.person("clerk-07", Role::Clerk, &[9]).await;
    let without = site.person("clerk-08", Role::Clerk, &[5]).await;
    let second = site.person("supervisor-02", Role::Supervisor, &[9]).await;
    let asked = release(&site, &first).await;
    assert!(location(&asked).contains("told=asked"), "{}", asked.headers);
    assert!(site.asked.lock().unwrap().is_empty(), "nothing is done yet");
    for (person, status) in [
        (&first, 409),
        (&without, 409),
        (&second, 303),
        (&second, 409),
    ] {
        let answer = site.post("/approvals", person, &[("request", "1")]).await;
        assert_eq!(answer.status, status, "{}", answer.body);
    }
    let acts = site.asked.lock().unwrap().clone();
    assert_eq!(acts.len(), 1);
    assert_eq!(acts[0].user.as_str(), "clerk-07");
    let Act::Clear { approved_by, .. } = &acts[0].act else {
        panic!("{:?}", acts[0].act);
    };
    let second_person = approved_by.as_ref().map(|user| user.as_str());
    assert_eq!(second_person, Some("supervisor-02"));
    site.read_through().await;
    let approved = {
        let course = site.desk.known.now();
        let mut lines = course.lines(50);
        lines.any(|line| {
            matches!(&line.event.body, EventBody::AccountActed(record)
                if record.act == AccountAct::Approved
                    && record.user.as_ref().is_some_and(|user| user.as_str() == "supervisor-02")
                    && line.event.passage == Some(held()))
        })
    };
    assert!(approved, "the journal tells who approved");
}

#[tokio::test]
async fn what_was_asked_for_an_earlier_decision_releases_nothing() {
    let site = Site::start(&[9]).await;
    site.person("admin-01", Role::Administrator, &[]).await;
    let first = site.person("clerk-07", Role::Clerk, &[9]).await;
    let second = site.person("supervisor-02", Role::Supervisor, &[9]).await;
    assert!(location(&release(&site, &first).await).contains("told=asked"));
    site.desk
        .recorder
        .record_and_wait(&decided(2))
        .await
        .unwrap();
    site.read_through().await;
    let approved = site.post("/approvals", &second, &[("request", "1")]).await;
    assert_eq!(approved.status, 409, "{}", approved.body);
    assert!(approved.body.contains("decided again"), "{}", approved.body);
    let again = release(&site, &first).await;
    assert!(
        location(&again).contains("decided+again"),
        "{}",
        again.headers
    );
    assert!(site.asked.lock().unwrap().is_empty());
    let page = site.get(&format!("/review/{}", held()), Some(&first)).await;
    assert!(page.body.contains("name=\"attempt\" value=\"2\""));
}

#[tokio::test]
async fn fields_that_cannot_be_used_are_named() {
    let site = Site::start(&[]).await;
    site.person("admin-01", Role::Administrator, &[]).await;
    let supervisor = site.person("supervisor-02", Role::Supervisor, &[9]).await;
    let (lane, passage) = (lane_name(), held().to_string());
    let long = "x".repeat(501);
    let base = [("lane", lane.as_str()), ("passage", passage.as_str())];
    for (fields, named) in [
        (vec![("act", "open")], "act%3a"),
        (vec![("act", "release"), ("attempt", "")], "attempt%3a"),
        (vec![("act", "release"), ("attempt", "2")], "decided+again"),
        (vec![("act", "confirm"), ("attempt", "2")], "decided+again"),
        (vec![("act", "release"), ("reason", "BECAUSE")], "reason%3a"),
        (vec![("act", "release"), ("reason", "OTHER")], "text%3a"),
        (
            vec![("act", "release"), ("reason", "DOCS"), ("text", &long)],
            "text%3a",
        ),
        (vec![("act", "set_mode"), ("what", "ajar")], "what%3a"),
        (
            vec![
                ("act", "declare_degraded"),
                ("what", "scanner_down"),
                ("minutes", "0"),
            ],
            "minutes%3a",
        ),
        (
            vec![
                ("act", "declare_degraded"),
                ("what", "scanner_down"),
                ("minutes", "60"),
            ],
            "text%3a",
        ),
    ] {
        let mut all = base.to_vec();
        if !fields.iter().any(|(name, _)| *name == "attempt") {
            all.push(("attempt", "1"));
        }
        all.extend(&fields);
        let answer = site.post("/acts", &supervisor, &all).await;
        let to = location(&answer);
        assert!(to.contains(named), "{fields:?}: {to}");
    }
    assert!(site.asked.lock().unwrap().is_empty());
}
