//! `kakou doctor`: opens every configured device and the broker, shows what they say, and guesses
//! what is wrong: another weighbridge protocol, another baud rate.

use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use device_codecs::weighbridge;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::time::timeout;
use vision::{Engine, EngineChoice, Models, Runtime};

use super::check_config::load_or_explain;
use crate::config::{Config, Connection, DeviceSetup, Speech};
use crate::intake::connection::open;
use crate::{customs_link, gate_link, uplink};

/// Rates tried on a serial line that shows nothing valid, most common in the field first.
const BAUD_RATES: [u32; 6] = [9_600, 4_800, 2_400, 19_200, 38_400, 115_200];

/// What was found of one device.
struct Finding {
    healthy: bool,
    lines: Vec<String>,
}

pub(super) fn run(config: &Path, seconds: u64) -> anyhow::Result<ExitCode> {
    let config = load_or_explain(config)?;
    let policy = policy_file::load(&config.policy_file);
    let listen = Duration::from_secs(seconds.clamp(1, 120));
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let healthy = runtime.block_on(examine(&config, listen));
    let policy_holds = match policy {
        Ok(policy) => {
            println!("policy {} holds", policy.version);
            true
        }
        Err(error) => {
            println!("POLICY: {error}");
            false
        }
    };
    for line in eyes() {
        println!("{line}");
    }
    Ok(if healthy && policy_holds {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(1)
    })
}

/// What would read pictures. No lane depends on it yet, so that it is missing fails nothing.
fn eyes() -> Vec<String> {
    let mut lines = Vec::new();
    match Runtime::start(&EngineChoice::Best) {
        Ok(runtime) => {
            let engine = runtime.engine();
            let library = runtime
                .library()
                .map_or_else(String::new, |path| format!(" from {}", path.display()));
            lines.push(format!("pictures are read by {}{library}", engine.name()));
            lines.extend(runtime.passed_over().map(|why| format!("  {why}")));
            if engine == Engine::Tract {
                lines.push(
                    "  way out: `tools/setup vision` installs ONNX Runtime, which is faster".into(),
                );
            }
        }
        Err(error) => lines.push(format!("PICTURES: {error}")),
    }
    if let Err(error) = Models::default_folder().and_then(|folder| Models::read(&folder)) {
        lines.push(format!("PICTURES: {error}"));
        lines.push("  way out: put the models folder of the release beside the program".into());
    }
    lines
}

async fn examine(config: &Config, listen: Duration) -> bool {
    let mut healthy = true;
    for setup in &config.lanes {
        println!("lane {}", setup.lane.lane);
        for device in &setup.devices {
            let finding = device_finding(device, listen).await;
            let mark = if finding.healthy { "ok  " } else { "FAIL" };
            println!(
                "  {mark} {} ({}) {}",
                device.id,
                device.kind.code(),
                device.connection
            );
            for line in finding.lines {
                println!("       {line}");
            }
            healthy &= finding.healthy;
        }
        for finding in customs_link::examine(setup).await {
            let mark = if finding.is_ok() { "ok  " } else { "FAIL" };
            healthy &= finding.is_ok();
            println!("  {mark} {}", finding.unwrap_or_else(|cause| cause));
        }
    }
    if let Some(uplink_config) = &config.uplink {
        for broker in &uplink_config.brokers {
            match uplink::probe(uplink_config, broker, listen).await {
                Ok(()) => println!("  ok   broker {broker}"),
                Err(error) => {
                    healthy = false;
                    println!("  FAIL broker {broker}: {error}");
                    println!(
                        "       way out: check its address and the three TLS files of [uplink]"
                    );
                }
            }
        }
    }
    healthy
}

async fn device_finding(device: &DeviceSetup, listen: Duration) -> Finding {
    match (&device.speech, &device.connection) {
        (Speech::GateController { .. }, _) => match gate_link::probe(device).await {
            Ok(lines) => Finding {
                healthy: true,
                lines,
            },
            Err(error) => Finding {
                healthy: false,
                lines: vec![
                    error,
                    "way out: check unit address, baud rate and the A/B wires of the line".into(),
                ],
            },
        },
        (_, Connection::Folder(path)) => {
            let healthy = path.is_dir();
            let way_out = format!(
                "way out: create {} and let the device drop there",
                path.display()
            );
            Finding {
                healthy,
                lines: if healthy { Vec::new() } else { vec![way_out] },
            }
        }
        (_, Connection::Snapshot(setup)) => match crate::intake::probe_camera(setup).await {
            Ok(bytes) => picture(&bytes),
            Err(error) => Finding {
                healthy: false,
                lines: vec![
                    error,
                    "way out: open the address in a browser on this machine; check url, user, \
                     password_file and auth"
                        .into(),
                ],
            },
        },
        (Speech::Terminals(_), connection) => listening(connection).await,
        (Speech::Weighbridge(protocol), connection) => scale(*protocol, connection, listen).await,
        (
            Speech::Nmea
            | Speech::Llrp
            | Speech::Envelope
            | Speech::ScanImages
            | Speech::PositionService(_)
            | Speech::Pictures { .. },
            connection,
        ) => {
            let request: &[u8] = if device.speech == Speech::Envelope {
                device_codecs::envelope::TRIGGER
            } else {
                &[]
            };
            match capture(connection, request, listen).await {
                Ok(bytes) if bytes.is_empty() => quiet(device),
                Ok(bytes) => Finding {
                    healthy: true,
                    lines: vec![shown(&bytes)],
                },
                Err(error) => unreachable_device(&error),
            }
        }
    }
}

/// Terminals call when they like: what can be said is whether they would be heard.
async fn listening(connection: &Connection) -> Finding {
    let Connection::Listen(setup) = connection else {
        return unreachable_device("terminals are not called, they call");
    };
    match tokio::net::TcpListener::bind(setup.address).await {
        Ok(_) => Finding {
            healthy: true,
            lines: Vec::new(),
        },
        Err(error) => Finding {
            healthy: false,
            lines: vec![
                format!("cannot listen on {}: {error}", setup.address),
                "way out: stop the gate while the doctor looks, or choose another port".into(),
            ],
        },
    }
}

/// A device that connects and says nothing: only some kinds may.
fn quiet(device: &DeviceSetup) -> Finding {
    let line = format!(
        "connected, no byte within the time; a {} may be quiet",
        device.kind.code()
    );
    Finding {
        healthy: device.silence.is_none(),
        lines: vec![line],
    }
}

fn unreachable_device(error: &str) -> Finding {
    let way_out = "way out: is the device on, is the address right, does another program hold it?";
    Finding {
        healthy: false,
        lines: vec![error.to_owned(), way_out.to_owned()],
    }
}

/// Reads what a device says within `listen`, at most 8 KiB.
async fn capture(
    connection: &Connection,
    request: &[u8],
    listen: Duration,
) -> Result<Vec<u8>, String> {
    let mut stream = open(connection).await.map_err(|error| {
        let cause = std::error::Error::source(&error)
            .map(|s| format!(": {s}"))
            .unwrap_or_default();
        format!("{error}{cause}")
    })?;
    let mut bytes = Vec::new();
    let read = async {
        let mut buffer = [0_u8; 1_024];
        loop {
            if !request.is_empty() {
                stream
                    .write_all(request)
                    .await
                    .map_err(|error| error.to_string())?;
            }
            let one = timeout(Duration::from_millis(300), stream.read(&mut buffer)).await;
            match one {
                Ok(Ok(0)) => return Err("closed by the device".to_owned()),
                Ok(Ok(len)) => bytes.extend_from_slice(&buffer[..len]),
                Ok(Err(error)) => return Err(error.to_string()),
                Err(_) => {}
            }
            if bytes.len() >= 8_192 {
                return Ok(());
            }
        }
    };
    match timeout(listen, read).await {
        Ok(Err(error)) if bytes.is_empty() => Err(error),
        Ok(_) | Err(_) => Ok(bytes),
    }
}

#[expect(clippy::too_many_lines, reason = "one finding after the other")]
async fn scale(
    protocol: weighbridge::Protocol,
    connection: &Connection,
    listen: Duration,
) -> Finding {
    let request = weighbridge::poll_request(protocol).unwrap_or_default();
    let bytes = match capture(connection, &request, listen).await {
        Ok(bytes) => bytes,
        Err(error) => return unreachable_device(&error),
    };
    let mut decoder = weighbridge::Decoder::new(protocol);
    let readings = decoder.feed(&bytes);
    if let Some(last) = readings.last() {
        let line = format!(
            "{} frames, {} rejected, last {} motion {:?}",
            readings.len(),
            decoder.rejects().total(),
            last.value,
            last.motion
        );
        return Finding {
            healthy: true,
            lines: vec![line, shown(&last.raw)],
        };
    }
    let mut lines = vec![format!(
        "no valid {} frame in {} bytes",
        protocol.name(),
        bytes.len()
    )];
    lines.push(shown(&bytes));
    if let Some((guess, frames, _)) = weighbridge::guess(&bytes).into_iter().next()
        && frames > 0
    {
        lines.push(format!(
            "way out: {frames} frames fit protocol = \"{}\"",
            guess.name()
        ));
        return Finding {
            healthy: false,
            lines,
        };
    }
    if let Connection::Serial {
        path,
        baud,
        data_bits,
        parity,
    } = connection
    {
        for rate in BAUD_RATES.into_iter().filter(|rate| rate != baud) {
            let other = Connection::Serial {
                path: path.clone(),
                baud: rate,
                data_bits: *data_bits,
                parity: *parity,
            };
            let Ok(bytes) = capture(&other, &request, listen.min(Duration::from_secs(2))).await
            else {
                continue;
            };
            if let Some((guess, frames, _)) = weighbridge::guess(&bytes).into_iter().next()
                && frames > 1
            {
                let name = guess.name();
                lines.push(format!(
                    "way out: {frames} frames fit baud = {rate}, protocol = \"{name}\""
                ));
                return Finding {
                    healthy: false,
                    lines,
                };
            }
        }
    }
    lines.push("way out: check the indicator's output mode and the wires".to_owned());
    Finding {
        healthy: false,
        lines,
    }
}

/// The last bytes as text where they are text, else as hexadecimal.
fn shown(bytes: &[u8]) -> String {
    let tail = &bytes[bytes.len().saturating_sub(48)..];
    let text: String = tail
        .iter()
        .map(|b| {
            if (0x20..0x7f).contains(b) {
                char::from(*b)
            } else {
                '.'
            }
        })
        .collect();
    format!("last bytes {} |{text}|", hex::encode(tail))
}

fn picture(bytes: &[u8]) -> Finding {
    match vision::Picture::decode(bytes, &vision::Limits::default()) {
        Ok(picture) => Finding {
            healthy: true,
            lines: vec![format!(
                "a picture of {} x {}, {} bytes",
                picture.width(),
                picture.height(),
                bytes.len()
            )],
        },
        Err(error) => Finding {
            healthy: false,
            lines: vec![
                format!("{} bytes that are no picture: {error}", bytes.len()),
                "way out: take the address of the camera's snapshot, not of its page or stream"
                    .into(),
            ],
        },
    }
}
