//! Goal: what we speak is what others speak. Method: programs that nobody here wrote, on the other
//! end of the line.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use domain::reading::TagReading;
use domain::tag::TagId;
use sim::live::Moment;
use sim::live::devices::TagDevice;

fn python(program: &str, arguments: &[&str]) -> Child {
    let root = super::programs::root();
    Command::new(root.join(".tools/venv/bin/python"))
        .arg(root.join("tests/peers").join(program))
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .spawn()
        .expect("`tools/setup test` has installed the peers")
}

/// sllurp, a client of others, reads the tags of our simulated reader.
#[tokio::test]
async fn another_client_reads_the_simulated_reader() {
    let device = TagDevice::start(Moment::start()).await.expect("a port");
    let port = device.address.rsplit(':').next().expect("a port").to_owned();
    let mut client = python("llrp_client.py", &["127.0.0.1", &port, "4"]);
    let output = client.stdout.take().expect("piped");
    let lines = std::thread::spawn(move || {
        BufReader::new(output).lines().map_while(Result::ok).collect::<Vec<String>>()
    });
    let tag = TagReading {
        tag: TagId::parse("E20034120123456789ABCDEF").expect("hexadecimal"),
        antenna: 1,
        rssi_dbm: Some(-52),
        seen_count: 1,
        first_seen: None,
    };
    for _ in 0..60 {
        device.sees(tag.clone());
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let lines = lines.join().expect("read");
    let status = client.wait().expect("ended");
    let seen = lines.iter().any(|line| line.to_uppercase().contains("E20034120123456789ABCDEF"));
    assert!(seen, "status {status}, said {lines:?}");
}

/// Our client, in the daemon's own doctor, reads a reader of others.
#[test]
fn the_doctor_reads_another_llrp_reader() {
    let mut reader = python("llrp_reader.py", &[]);
    let mut lines = BufReader::new(reader.stdout.take().expect("piped")).lines();
    let ready = lines.find_map(|line| {
        line.ok().and_then(|line| line.strip_prefix("READY ").map(str::to_owned))
    });
    let port = ready.expect("the reader listens");
    let example = super::programs::root().join("gateway/gateway.example.toml");
    let text = std::fs::read_to_string(example).expect("the example");
    let folder = tempfile::tempdir().expect("a folder");
    let text = text.replace("192.168.10.20:5084", &format!("127.0.0.1:{port}"));
    std::fs::write(folder.path().join("gateway.toml"), text).expect("written");
    let output = Command::new(super::programs::folder().join("kakou"))
        .current_dir(folder.path())
        .args(["doctor", "--config", "gateway.toml", "--seconds", "3"])
        .output()
        .expect("kakou starts");
    drop(reader.stdin.take());
    let _ = reader.wait();
    let said = String::from_utf8_lossy(&output.stdout);
    let line = said.lines().find(|line| line.contains("E1-tags")).unwrap_or_default();
    assert!(line.contains("ok") || line.contains("frames"), "{said}");
}
