//! Goal: the controller answers any Modbus master alike. Method: one script of requests and what
//! must be answered, carried out by the client library of the gateway and by pymodbus.

use std::collections::BTreeMap;
use std::process::Stdio;

use anyhow::Context as _;
use serde_json::Value;
use sim::live::emulator::Options;
use tokio_modbus::prelude::{ExceptionCode, Request};

use super::Bench;
use super::line::Master;

const SCRIPT: &str = "tests/peers/gate_conformance.json";

fn steps() -> anyhow::Result<Vec<Value>> {
    let text = std::fs::read_to_string(super::super::programs::root().join(SCRIPT))?;
    let Value::Array(steps) = serde_json::from_str(&text)? else {
        anyhow::bail!("{SCRIPT} is no list");
    };
    Ok(steps)
}

type Kept = BTreeMap<String, Vec<u16>>;

/// A number, or `name.offset` of registers kept before.
fn fill(value: &Value, kept: &Kept) -> anyhow::Result<u16> {
    let Some(reference) = value.as_str() else {
        let number = value.as_u64().context("neither number nor reference")?;
        return Ok(u16::try_from(number)?);
    };
    let (name, offset) = reference.split_once('.').context("no name.offset")?;
    let registers = kept.get(name).context("nothing kept by that name")?;
    Ok(*registers.get(offset.parse::<usize>()?).context("too far")?)
}

fn number(step: &Value, key: &str) -> anyhow::Result<u16> {
    let value = step[key].as_u64().with_context(|| format!("no {key}"))?;
    Ok(u16::try_from(value)?)
}

/// Registers of a read, none of a write.
async fn carry_out(
    master: &mut Master,
    step: &Value,
    kept: &Kept,
) -> super::line::Outcome<Vec<u16>> {
    if let Some(values) = step["values"].as_array() {
        let values = values.iter().map(|value| fill(value, kept));
        let values = values.collect::<anyhow::Result<Vec<u16>>>()?;
        let written = master.write(number(step, "write")?, &values).await?;
        return Ok(written.map(|()| Vec::new()));
    }
    let address = number(step, "address")?;
    if let Some(call) = step["call"].as_str() {
        let request = match call {
            "coils" => Request::ReadCoils(address, number(step, "count")?),
            "register" => Request::WriteSingleRegister(address, number(step, "value")?),
            other => anyhow::bail!("no call {other}"),
        };
        return Ok(master.call(request).await?.map(|_| Vec::new()));
    }
    let count = number(step, "count")?;
    if step["read"] == "input" {
        master.read_input(address, count).await
    } else {
        master.read_holding(address, count).await
    }
}

fn judge(
    step: &Value,
    answer: &Result<Vec<u16>, ExceptionCode>,
    kept: &Kept,
) -> anyhow::Result<()> {
    let exception = answer.as_ref().err().map(|&code| u8::from(code));
    let wanted = step["exception"].as_u64().map(|code| code as u8);
    anyhow::ensure!(
        exception == wanted,
        "exception {exception:?}, not {wanted:?}"
    );
    let (Ok(registers), Some(expect)) = (answer, step["expect"].as_object()) else {
        return Ok(());
    };
    for (offset, value) in expect {
        let (found, wanted) = (registers[offset.parse::<usize>()?], fill(value, kept)?);
        anyhow::ensure!(
            found == wanted,
            "register {offset} is {found}, not {wanted}"
        );
    }
    Ok(())
}

#[tokio::test]
async fn our_own_client_gets_the_answers_of_the_script() -> anyhow::Result<()> {
    let bench = Bench::start(&Options::default(), None).await?;
    let mut master = bench.master()?;
    settle(&mut master).await?;
    let mut kept = Kept::new();
    for step in steps()? {
        let name = step["name"].as_str().unwrap_or_default().to_owned();
        let answer = carry_out(&mut master, &step, &kept)
            .await
            .context(name.clone())?;
        judge(&step, &answer, &kept).context(name)?;
        if let (Some(name), Ok(registers)) = (step["keep"].as_str(), answer) {
            kept.insert(name.to_owned(), registers);
        }
    }
    Ok(())
}

#[tokio::test]
async fn pymodbus_gets_the_answers_of_the_script() -> anyhow::Result<()> {
    let bench = Bench::start(&Options::default(), None).await?;
    let mut master = bench.master()?;
    settle(&mut master).await?;
    drop(master);
    let root = super::super::programs::root();
    let output = tokio::process::Command::new(root.join(".tools/venv/bin/python"))
        .arg(root.join("tests/peers/modbus_master.py"))
        .arg(&bench.path)
        .arg(root.join(SCRIPT))
        .stderr(Stdio::inherit())
        .output()
        .await
        .context("`tools/setup test` has installed the peers")?;
    let said = String::from_utf8(output.stdout)?;
    let end: Value = serde_json::from_str(said.lines().last().context("it said nothing")?)?;
    assert_eq!(end["steps"], steps()?.len(), "{said}");
    assert_eq!(end["wrong"], 0, "{said}");
    Ok(())
}

/// The script begins with a board whose arm is known to be down.
async fn settle(master: &mut Master) -> anyhow::Result<()> {
    let within = std::time::Duration::from_secs(5);
    let down = gate_protocol::ArmState::Down;
    master
        .report_until(within, false, |report| report.arm == down)
        .await?;
    Ok(())
}
