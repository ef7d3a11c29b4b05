//! Every command of this package's programs says in its help how it is used.

#[path = "../../../tests/help_walk.rs"]
mod help_walk;

#[test]
fn every_command_shows_an_example() {
    let lacking = help_walk::without_example(env!("CARGO_BIN_EXE_kakou-region"));
    assert!(lacking.is_empty(), "{lacking:?}");
}
