//! Asks a program for its help, command by command, as a technician does who was never told more
//! than its name. Included by the test `help` of every package that has programs: a package with
//! such a test has its programs built for it, and the system tests start those very programs.

use std::process::Command;

/// Commands of `program` whose help shows no example, though nothing stands below them.
pub(crate) fn without_example(program: &str) -> Vec<String> {
    let mut lacking = Vec::new();
    let mut waiting: Vec<Vec<String>> = vec![Vec::new()];
    while let Some(command) = waiting.pop() {
        let help = help(program, &command);
        let below = commands(&help);
        if below.is_empty() && !help.contains("Example") {
            lacking.push(command.join(" "));
        }
        for name in below {
            let mut next = command.clone();
            next.push(name);
            waiting.push(next);
        }
    }
    lacking
}

fn help(program: &str, command: &[String]) -> String {
    let output = Command::new(program)
        .args(command)
        .arg("--help")
        .output()
        .expect("the program lies where cargo says");
    assert!(output.status.success(), "{program} {command:?} --help");
    let text = String::from_utf8(output.stdout).expect("help is text");
    assert!(text.contains("Usage:"), "{program} {command:?}: {text}");
    text
}

/// The names under "Commands:", without `help` itself.
fn commands(help: &str) -> Vec<String> {
    help.lines()
        .skip_while(|line| *line != "Commands:")
        .skip(1)
        .take_while(|line| !line.is_empty())
        .filter(|line| line.starts_with("  ") && !line.starts_with("   "))
        .filter_map(|line| line.split_whitespace().next())
        .filter(|name| *name != "help")
        .map(ToOwned::to_owned)
        .collect()
}
