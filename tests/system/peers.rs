//! Goal: what we speak is what others speak. Method: programs that nobody here wrote, on the other
//! end of the line.

use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use domain::reading::TagReading;
use domain::tag::TagId;
use sim::live::Moment;
use sim::live::devices::TagDevice;

pub(crate) fn python(program: &str, arguments: &[&str]) -> Child {
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

/// The daemon's own doctor reads the gate's registers from a Modbus server of others.
#[test]
fn the_doctor_reads_another_modbus_server() {
    let gate = sim::device::gate::Gate::power_up(4_400, 0);
    let (_, registers) = gate.report().expect("own map");
    let registers: serde_json::Map<String, serde_json::Value> = (gate_protocol::map::REPORT..)
        .zip(registers)
        .map(|(address, value)| (address.to_string(), value.into()))
        .collect();
    let start = serde_json::json!({ "input_registers": registers }).to_string();
    let (mut server, port) = ready("modbus_gate.py", &["tcp", "--set", &start]);
    let said = doctor(
        "serial = \"/dev/ttyS0\"\nbaud = 115200",
        &format!("tcp = \"127.0.0.1:{port}\""),
    );
    end(&mut server);
    let line = said
        .lines()
        .find(|line| line.contains("E1-gate"))
        .unwrap_or_default();
    assert!(line.contains("ok") || line.contains("frames"), "{said}");
}

/// A peer that has said where it listens.
fn ready(program: &str, arguments: &[&str]) -> (Child, String) {
    let mut peer = python(program, arguments);
    let mut lines = BufReader::new(peer.stdout.take().expect("piped")).lines();
    let port = lines
        .find_map(|line| line.ok()?.strip_prefix("READY ").map(str::to_owned))
        .expect("the peer listens");
    // It goes on talking; nobody needs to listen, but somebody has to read.
    std::thread::spawn(move || lines.map_while(Result::ok).count());
    (peer, port)
}

/// A peer ends when its input does.
fn end(peer: &mut Child) {
    drop(peer.stdin.take());
    peer.wait().expect("the peer ends");
}

/// What the doctor says of the example configuration with one device somewhere else.
fn doctor(from: &str, to: &str) -> String {
    let example = super::programs::root().join("gateway/gateway.example.toml");
    let text = std::fs::read_to_string(example).expect("the example");
    assert!(text.contains(from), "{from}");
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("gateway.toml"), text.replace(from, to)).expect("written");
    let output = Command::new(super::programs::folder().join("kakou"))
        .current_dir(folder.path())
        .args(["doctor", "--config", "gateway.toml", "--seconds", "3"])
        .output()
        .expect("kakou starts");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Our client, in the daemon's own doctor, reads a reader of others.
#[test]
fn the_doctor_reads_another_llrp_reader() {
    let (mut reader, port) = ready("llrp_reader.py", &[]);
    let said = doctor("192.168.10.20:5084", &format!("127.0.0.1:{port}"));
    end(&mut reader);
    let line = said
        .lines()
        .find(|line| line.contains("E1-tags"))
        .unwrap_or_default();
    assert!(line.contains("ok") || line.contains("frames"), "{said}");
}

/// A client of others sets an inventory up on the simulated reader and reads the tags in its field.
#[test]
fn another_llrp_client_reads_the_simulated_reader() -> anyhow::Result<()> {
    // 96 bits go in the short form, 64 bits in the long one.
    let field = [
        ("E20034120123456789ABCDEF", 1_u16, -52_i16),
        ("3474257BF40000000000162E", 2, -61),
        ("E0040000F4F0BE05", 1, -70),
    ];
    let runtime = tokio::runtime::Runtime::new()?;
    let reader = runtime.block_on(TagDevice::start(Moment::start()))?;
    let port = reader
        .address
        .rsplit(':')
        .next()
        .expect("a port")
        .to_owned();
    runtime.spawn(async move {
        // Tags answer again and again, as they do while a truck stands at the reader.
        let mut rounds = tokio::time::interval(Duration::from_millis(50));
        loop {
            rounds.tick().await;
            for (epc, antenna, rssi_dbm) in field {
                reader.sees(TagReading {
                    tag: TagId::parse(epc).expect("hexadecimal"),
                    antenna,
                    rssi_dbm: Some(rssi_dbm),
                    seen_count: 1,
                    first_seen: None,
                });
            }
        }
    });
    let mut client = python(
        "llrp_client.py",
        &["127.0.0.1", &port, "20", "--until-tags", "12"],
    );
    let lines = BufReader::new(client.stdout.take().expect("piped")).lines();
    let said: Vec<String> = lines.map_while(Result::ok).collect();
    assert!(client.wait()?.success(), "{said:?}");
    let reports: Vec<serde_json::Value> = said
        .iter()
        .filter_map(|line| serde_json::from_str(line).ok())
        .filter(|line: &serde_json::Value| line["epc"].is_string())
        .collect();
    assert!(reports.len() >= 12, "{said:?}");
    let read: BTreeSet<(&str, i64, i64)> = reports
        .iter()
        .filter_map(|report| {
            Some((
                report["epc"].as_str()?,
                report["antenna"].as_i64()?,
                report["rssi_dbm"].as_i64()?,
            ))
        })
        .collect();
    let shown = field.map(|(epc, antenna, rssi_dbm)| (epc, antenna.into(), rssi_dbm.into()));
    assert_eq!(read, BTreeSet::from(shown), "{said:?}");
    Ok(())
}
