//! Policies as a person writes them.

use super::*;

const EXAMPLE: &str = include_str!("../../../gateway/policy.example.toml");

fn read(text: &str) -> Result<Policy, String> {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("policy.toml");
    std::fs::write(&file, text).expect("written");
    load(&file).map_err(|error| {
        let said = error.to_string();
        assert!(said.contains("policy.toml"), "{said}");
        said
    })
}

#[test]
fn the_example_is_a_policy_and_its_digest_is_that_of_what_it_says() {
    let policy = read(EXAMPLE).expect("the example");
    assert_eq!(policy.digest, wire::policy::policy_digest(&policy));
    let with_a_remark = format!("# {}\n{EXAMPLE}", "a remark");
    assert_eq!(read(&with_a_remark), Ok(policy));
}

#[test]
fn rules_that_take_two_persons_are_read_and_are_none_unless_said() {
    let line = "two_persons = []\n";
    assert!(EXAMPLE.contains(line));
    let with = |line_in_its_place: &str| EXAMPLE.replacen(line, line_in_its_place, 1);
    let rules = |policy: Policy| {
        policy
            .two_persons
            .iter()
            .map(|r| r.number())
            .collect::<Vec<_>>()
    };
    let none = read(&with("")).expect("nothing said");
    assert_eq!(none.digest, read(EXAMPLE).expect("none said").digest);
    assert_eq!(rules(none), [0; 0]);
    let two = read(&with("two_persons = [\"R13\", \"R9\"]\n")).expect("two");
    assert_eq!(rules(two), [9, 13]);
}

#[test]
fn what_is_wrong_is_named_with_its_place_or_the_way_out() {
    for (from, to, said) in [
        ("two_persons = []", "two_persons = [\"R20\"]", "R1 to R19"),
        ("two_persons = []", "two_persons = [9]", "line 49"),
        ("two_persons = []", "two_person = []", "line 49"),
        ("\"gate_controller\", ", "", "gate_controller"),
        ("\"weighbridge\"]", "\"scales\"]", "scales"),
        (
            "{ R9 = \"by_person\", R10",
            "{ R9 = \"by hand\", R10",
            "by_person",
        ),
        (
            "weighbridge_down =",
            "weighbridge_gone =",
            "weighbridge_gone",
        ),
        (
            "sampling_permille = 0",
            "sampling_permille = 1001",
            "0 to 1000",
        ),
    ] {
        assert!(EXAMPLE.contains(from), "{from}");
        let refusal = read(&EXAMPLE.replacen(from, to, 1)).expect_err(to);
        assert!(refusal.contains(said), "{to}: {refusal}");
    }
}
