//! From the lane's last input to the raise at the gate controller, through the real daemon with
//! trucks in its lanes; beside one fsync and one Modbus transaction of the same minutes.
//!
//! The last input is the one that completes the evidence; the decision record carries its time
//! (`frozen`). A relay before each controller takes the time at which the raise arrives.

mod premises;
#[path = "../../benches/row.rs"]
mod row;

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Read as _, Write as _};
use std::os::unix::fs::FileExt as _;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use domain::actuation::RaiseReason;
use domain::event::EventBody;
use domain::time::Timestamp;
use gate_protocol::{Command, Verb, map};
use row::{Bar, Times};
use sim::live::show::{Show, journal};
use sim::live::{Moment, lane, modbus};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

const LANES: usize = 12;

/// Raises that arrived, by the address of the relay.
type Raises = Arc<Mutex<Vec<(String, Timestamp)>>>;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let trucks = if row::is_quick() { 36 } else { 180 };
    let limit = Duration::from_secs(if row::is_quick() { 60 } else { 240 });
    let mut premises = premises::make(LANES, trucks).await?;
    let raises = Raises::default();
    let relays = relay_all(&premises, &raises).await?;
    let import = [
        "ledger",
        "import",
        "--config",
        "gateway.toml",
        "ledger.jsonl",
    ];
    premises.site.call(&import)?;
    let lanes = std::mem::take(&mut premises.site.lanes);
    let region = premises.site.start_region()?;
    let gateway = premises.site.start_gateway()?;
    let folder = premises.folder.path();
    let mut show = Show::new(premises.world, lanes, folder, premises.moment);
    show.wait_for_devices().await?;
    let stop = Arc::new(std::sync::atomic::AtomicBool::new(false));
    let floor = floor(folder, premises.moment, Arc::clone(&stop)).await?;
    let begun = Instant::now();
    while !show.is_over() && begun.elapsed() < limit {
        show.step(true).await?;
    }
    stop.store(true, std::sync::atomic::Ordering::Relaxed);
    let (floor, sync, transaction) = floor.join().expect("the floor is measured")?;
    gateway.stop(Duration::from_secs(20)).await?;
    region.stop(Duration::from_secs(20)).await?;
    let raises = raises
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .clone();
    let ours = latencies(folder, &relays, &raises)?;
    anyhow::ensure!(ours.whole.len() > 20, "only {} raises", ours.whole.len());
    show_lines(&ours.whole, &floor, &sync, &transaction);
    ours.show_parts();
    Ok(())
}

fn show_lines(ours: &Times, floor: &Times, sync: &Times, transaction: &Times) {
    let ms = |times: &Times, permille| format!("{:.2} ms", times.us(permille) / 1e3);
    for (permille, bar) in [(500, Bar::None), (990, Bar::Most(2.0))] {
        row::ratio(
            &format!(
                "last input to raise, p{}, {} raises",
                permille / 10,
                ours.len()
            ),
            &ms(ours, permille),
            &format!("{} (fsync + Modbus transaction)", ms(floor, permille)),
            ours.us(permille) / floor.us(permille),
            bar,
        );
    }
    let p99_ms = ours.us(990) / 1e3;
    let figure = "last input to raise, p99 in ms";
    row::alone(figure, &ms(ours, 990), p99_ms, Bar::Most(200.0));
    for (what, times) in [("fsync", sync), ("Modbus transaction", transaction)] {
        let words = format!("p50 {}, p99 {}", ms(times, 500), ms(times, 990));
        row::alone(&format!("  of the floor: {what}"), &words, 0.0, Bar::None);
    }
}

/// Puts a relay before every controller on TCP. Returns the relays' addresses with their lanes.
async fn relay_all(
    premises: &premises::Premises,
    raises: &Raises,
) -> anyhow::Result<BTreeMap<String, String>> {
    let file = premises.folder.path().join("gateway.toml");
    let mut text = std::fs::read_to_string(&file)?;
    let mut relays = BTreeMap::new();
    for plan in &premises.world.config.lanes {
        let before = format!(
            "id = \"{}-gate\"\nkind = \"gate_controller\"\ntcp = \"",
            plan.id
        );
        let Some(at) = text.find(&before) else {
            // The first lane's controller hangs on a serial line.
            continue;
        };
        let start = at + before.len();
        let end = start + text[start..].find('"').context("a closed string")?;
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = listener.local_addr()?.to_string();
        let controller = text[start..end].to_owned();
        text.replace_range(start..end, &address);
        relays.insert(address.clone(), plan.id.to_string());
        tokio::spawn(relay(
            listener,
            controller,
            premises.moment,
            Arc::clone(raises),
        ));
    }
    std::fs::write(file, text)?;
    Ok(relays)
}

async fn relay(listener: TcpListener, controller: String, moment: Moment, raises: Raises) {
    let name = listener.local_addr().map(|address| address.to_string());
    let name = name.expect("a bound listener has an address");
    while let Ok((master, _)) = listener.accept().await {
        // A master that has gone is followed by the next.
        let _ = relayed(master, &controller, &moment, &name, &raises).await;
    }
}

async fn relayed(
    mut master: TcpStream,
    controller: &str,
    moment: &Moment,
    name: &str,
    raises: &Raises,
) -> std::io::Result<()> {
    let mut slave = TcpStream::connect(controller).await?;
    master.set_nodelay(true)?;
    slave.set_nodelay(true)?;
    loop {
        let request = frame(&mut master).await?;
        if is_raise(&request[7..]) {
            let seen = (name.to_owned(), moment.utc());
            raises
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push(seen);
        }
        slave.write_all(&request).await?;
        let reply = frame(&mut slave).await?;
        master.write_all(&reply).await?;
    }
}

/// One frame of Modbus TCP, header and all.
async fn frame(stream: &mut TcpStream) -> std::io::Result<Vec<u8>> {
    let mut frame = vec![0; 7];
    stream.read_exact(&mut frame).await?;
    let length = usize::from(u16::from_be_bytes([frame[4], frame[5]]));
    frame.resize(6 + length.clamp(1, 254), 0);
    stream.read_exact(&mut frame[7..]).await?;
    Ok(frame)
}

/// Whether this request writes a raise to the command block.
fn is_raise(request: &[u8]) -> bool {
    let [16, high, low, ..] = request else {
        return false;
    };
    let Some(values) = request.get(6..) else {
        return false;
    };
    let registers: Vec<u16> = values
        .chunks_exact(2)
        .map(|pair| u16::from_be_bytes([pair[0], pair[1]]))
        .collect();
    u16::from_be_bytes([*high, *low]) == map::COMMAND
        && Command::decode(&registers)
            .is_ok_and(|command| matches!(command.verb, Verb::Raise { .. }))
}

type Floor = (Times, Times, Times);

/// Measures one fsync and one transaction now and then, on a thread of its own.
async fn floor(
    folder: &std::path::Path,
    moment: Moment,
    stop: Arc<std::sync::atomic::AtomicBool>,
) -> anyhow::Result<std::thread::JoinHandle<anyhow::Result<Floor>>> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let address = listener.local_addr()?;
    let gate = lane::gate_at_rest(9_999, &moment);
    tokio::spawn(modbus::serve_tcp(listener, gate, moment));
    let file = File::create(folder.join("floor"))?;
    file.write_all_at(&vec![0; 8 << 20], 0)?;
    file.sync_all()?;
    Ok(std::thread::spawn(move || {
        let mut stream = std::net::TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        let mut floor = Floor::default();
        let mut offset = 0;
        // Read one input register: the smallest request and the smallest answer.
        let request = [0, 1, 0, 0, 0, 6, 1, 4, 0, 0, 0, 1];
        let mut answer = [0; 11];
        while !stop.load(std::sync::atomic::Ordering::Relaxed) {
            std::thread::sleep(Duration::from_millis(100));
            let start = Instant::now();
            file.write_all_at(&[5; 1_024], offset)?;
            file.sync_data()?;
            let synced = start.elapsed();
            stream.write_all(&request)?;
            stream.read_exact(&mut answer)?;
            let both = start.elapsed();
            offset = (offset + 1_024) % (8 << 20);
            floor.0.add(both);
            floor.1.add(synced);
            floor.2.add(both - synced);
        }
        Ok(floor)
    }))
}

/// From the last input of each release to the raise that followed its command.
#[derive(Default)]
struct Latencies {
    whole: Times,
    /// Facts asked for, answered, and judged.
    decided: Times,
    /// The decision on disk, and the lane told.
    recorded: Times,
    /// The command on the line.
    commanded: Times,
}

impl Latencies {
    fn show_parts(&self) {
        for (what, times) in [
            ("input to decision", &self.decided),
            ("decision to durable", &self.recorded),
            ("durable to controller", &self.commanded),
        ] {
            let (middle, high) = (times.us(500) / 1e3, times.us(990) / 1e3);
            let words = format!("p50 {middle:.2} ms, p99 {high:.2} ms");
            row::alone(&format!("  of ours: {what}"), &words, 0.0, Bar::None);
        }
    }
}

fn latencies(
    folder: &std::path::Path,
    relays: &BTreeMap<String, String>,
    raises: &[(String, Timestamp)],
) -> anyhow::Result<Latencies> {
    let mut decisions = BTreeMap::new();
    let mut times = Latencies::default();
    for (_, event) in journal(folder)? {
        let lane = event.lane.as_ref().map(ToString::to_string);
        match (&event.body, lane, &event.passage) {
            (EventBody::PassageDecided(record), _, Some(passage)) => {
                let moments = (record.evidence.frozen.at, event.at.at);
                decisions.insert(passage.clone(), moments);
            }
            (EventBody::RaiseCommanded { reason }, Some(lane), Some(passage))
                if *reason == RaiseReason::Release =>
            {
                let came = raises
                    .iter()
                    .filter(|(relay, at)| relays[relay] == lane && *at >= event.at.at)
                    .map(|(_, at)| *at)
                    .min();
                let (frozen, decided) = decisions
                    .get(passage)
                    .context("decided before it is raised")?;
                // The first lane has no relay.
                if let Some(came) = came {
                    times.whole.add(came.since(*frozen));
                    times.decided.add(decided.since(*frozen));
                    times.recorded.add(event.at.at.since(*decided));
                    times.commanded.add(came.since(event.at.at));
                }
            }
            _ => {}
        }
    }
    Ok(times)
}
