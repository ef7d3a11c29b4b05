//! Time of one durable commit of the journal, beside raw layouts of the same disk and beside other
//! engines, in turns of a few commits each so that all see the same noise.
#![allow(clippy::disallowed_methods, reason = "a bench reads the clock")]

mod engines;
#[path = "../../../benches/row.rs"]
mod row;

use std::hint::black_box;
use std::path::Path;
use std::process::Command;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use engines::Engine;
use row::{Bar, Times};
use store::Hash;
use store::journal::{Ed25519Signer, Journal, JournalConfig, Signer as _, seal_message};
use thread_priority::{
    NormalThreadSchedulePolicy, RealtimeThreadSchedulePolicy, ThreadPriority, ThreadPriorityValue,
    ThreadSchedulePolicy, set_thread_priority_and_policy, thread_native_id,
};

const RECORD_BYTES: usize = 400;
const COMMITS_A_TURN: usize = 50;
/// Records come one at a time, as at a gate; an engine that is never idle keeps the device awake.
const PAUSE: Duration = Duration::from_micros(500);
/// Priority of this thread and of the journal's writer: with less, a busy machine would be
/// measured and not the disk.
const PRIORITY: u8 = 20;

fn open(folder: &Path) -> Journal {
    let config = JournalConfig {
        directory: folder.join("journal"),
        gate: "bench/site/G1".to_owned(),
        epoch: 1,
        real_time_priority: Some(PRIORITY),
        ..JournalConfig::default()
    };
    let signer = Box::new(Ed25519Signer::from_secret(&[7; 32]));
    Journal::open(config, signer).expect("a new journal").0
}

/// Our times of single commits.
#[derive(Default)]
struct Ours {
    /// From the append to the proof, on the writer's thread.
    proof: Times,
    /// From the append until the thread that appended has the proof.
    back: Times,
}

fn one(journal: &Journal, times: Option<&mut Ours>) {
    let (done, finished) = mpsc::sync_channel(1);
    let start = Instant::now();
    journal
        .append(vec![5; RECORD_BYTES], move |outcome| {
            let proven = outcome.map(|proof| (proof.sequence(), Instant::now()));
            // The other end waits for exactly this.
            let _ = done.send(proven);
        })
        .expect("the queue has room");
    let outcome = finished.recv().expect("an answer");
    let back = start.elapsed();
    let (_, proven_at) = outcome.expect("a durable record");
    if let Some(times) = times {
        times.proof.add(proven_at - start);
        times.back.add(back);
    }
}

/// Records a second with `under_way` records waiting at any time.
fn stream(journal: &Journal, under_way: usize, records: usize) -> f64 {
    let (done, finished) = mpsc::channel();
    let start = Instant::now();
    let (mut sent, mut durable) = (0, 0);
    while durable < records {
        while sent < records && sent - durable < under_way {
            let done = done.clone();
            journal
                .append(vec![5; RECORD_BYTES], move |outcome| {
                    // The other end waits for exactly this.
                    let _ = done.send(outcome.is_ok());
                })
                .expect("the queue has room");
            sent += 1;
        }
        assert!(finished.recv().expect("an answer"), "a record failed");
        durable += 1;
    }
    records as f64 / start.elapsed().as_secs_f64()
}

/// Where it is not permitted all stay ordinary, the journal's writer too.
fn set_real_time(wanted: bool) {
    let (policy, level) = if wanted {
        let fifo = RealtimeThreadSchedulePolicy::Fifo;
        (ThreadSchedulePolicy::Realtime(fifo), PRIORITY)
    } else {
        (
            ThreadSchedulePolicy::Normal(NormalThreadSchedulePolicy::Other),
            0,
        )
    };
    let level = ThreadPriorityValue::try_from(level).expect("0 to 99");
    let level = ThreadPriority::Crossplatform(level);
    let _ = set_thread_priority_and_policy(thread_native_id(), level, policy);
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    if let Some(at) = arguments.iter().position(|word| word == "--commits") {
        return commit_only(&arguments[at + 1], &arguments[at + 2]);
    }
    let rounds = if row::is_quick() { 10 } else { 60 };
    let folder = tempfile::tempdir_in(env!("CARGO_MANIFEST_DIR")).expect("a folder on the disk");
    let journal = open(folder.path());
    let mut peers = engines::all(folder.path(), RECORD_BYTES);
    set_real_time(true);
    peers.push(engines::handed_over(folder.path(), RECORD_BYTES));
    let mut ours = Ours::default();
    let mut theirs: Vec<Times> = peers.iter().map(|_| Times::default()).collect();
    (0..COMMITS_A_TURN).for_each(|_| one(&journal, None));
    for _ in 0..rounds {
        for _ in 0..COMMITS_A_TURN {
            std::thread::sleep(PAUSE);
            one(&journal, Some(&mut ours));
        }
        for (peer, times) in peers.iter_mut().zip(&mut theirs) {
            set_real_time(peer.may_run_in_real_time());
            for _ in 0..COMMITS_A_TURN {
                std::thread::sleep(PAUSE);
                let start = Instant::now();
                let durable = peer.commit(1);
                times.add(durable - start);
            }
            set_real_time(true);
        }
    }
    show(&ours, &peers, &theirs);
    signature(rounds);
    groups(&journal, &mut peers, rounds);
    syncs(folder.path());
}

fn show(ours: &Ours, peers: &[Box<dyn Engine>], theirs: &[Times]) {
    let named = |times: &Times, permille| format!("{:.0} us", times.us(permille));
    let floor = peers
        .iter()
        .zip(theirs)
        .filter(|(peer, _)| peer.is_raw())
        .min_by(|(_, a), (_, b)| a.us(500).total_cmp(&b.us(500)));
    let (floor, floor_times) = floor.expect("raw layouts are among them");
    let against = |what: &str, times: &Times, name: &str, peer: &Times, permille: usize, bar| {
        let figure = format!("journal commit p{}, {what}", permille / 10);
        let peer_words = format!("{} ({name})", named(peer, permille));
        let ratio = times.us(permille) / peer.us(permille);
        row::ratio(&figure, &named(times, permille), &peer_words, ratio, bar);
    };
    let best = format!("best raw: {}", floor.name());
    against(
        "to the proof",
        &ours.proof,
        &best,
        floor_times,
        500,
        Bar::Most(1.15),
    );
    against(
        "to the proof",
        &ours.proof,
        &best,
        floor_times,
        990,
        Bar::None,
    );
    against("and back", &ours.back, &best, floor_times, 500, Bar::None);
    for (peer, times) in peers.iter().zip(theirs) {
        let bar = match peer.name() {
            "fjall" => Bar::Most(1.0),
            _ => Bar::None,
        };
        against("to the proof", &ours.proof, peer.name(), times, 500, bar);
        if peer.name() == "fjall" {
            against("and back", &ours.back, peer.name(), times, 500, Bar::None);
        }
    }
}

/// The part of a commit that no raw layout has: the seal's signature.
fn signature(rounds: usize) {
    let signer = Ed25519Signer::from_secret(&[7; 32]);
    let mut times = Times::default();
    for count in 0..rounds * COMMITS_A_TURN {
        let message = seal_message(count as u64, &Hash([9; 32]));
        let start = Instant::now();
        black_box(signer.sign(black_box(&message)));
        times.add(start.elapsed());
    }
    let words = format!("p50 {:.0} us, p99 {:.0} us", times.us(500), times.us(990));
    row::alone("  of a commit: its signature", &words, 0.0, Bar::None);
}

fn groups(journal: &Journal, peers: &mut [Box<dyn Engine>], rounds: usize) {
    let mut rates: [Vec<f64>; 2] = [Vec::new(), Vec::new()];
    let mut theirs: Vec<Vec<f64>> = peers.iter().map(|_| Vec::new()).collect();
    for _ in 0..rounds / 4 + 3 {
        rates[0].push(stream(journal, 1, 200));
        rates[1].push(stream(journal, 64, 6_400));
        for (peer, rates) in peers.iter_mut().zip(&mut theirs) {
            set_real_time(peer.may_run_in_real_time());
            let start = Instant::now();
            for _ in 0..20 {
                peer.commit(64);
            }
            rates.push(20.0 * 64.0 / start.elapsed().as_secs_f64());
            set_real_time(true);
        }
    }
    let [one, many] = rates.map(row::median);
    row::ratio(
        "journal, 64 records under way",
        &format!("{many:.0}/s"),
        &format!("{one:.0}/s (one under way)"),
        many / one,
        Bar::Least(12.0),
    );
    for (peer, rates) in peers.iter().zip(theirs) {
        let rate = row::median(rates);
        let words = format!("{rate:.0}/s ({}, 64 in a commit)", peer.name());
        let ours = format!("{many:.0}/s");
        row::ratio(
            "journal, 64 records under way",
            &ours,
            &words,
            many / rate,
            Bar::None,
        );
    }
}

/// The rest of this program under `strace`: commits, and nothing else that syncs.
fn commit_only(count: &str, folder: &str) {
    let count: usize = count.parse().expect("a number of commits");
    let journal = open(Path::new(folder));
    (0..count).for_each(|_| one(&journal, None));
}

/// Syncs and writes that the kernel sees for each commit: the slope between few and many, so that
/// opening and closing do not count.
fn syncs(folder: &Path) {
    let counted = |commits: usize| -> Option<[f64; 2]> {
        let place = tempfile::tempdir_in(folder).expect("a folder");
        let log = place.path().join("calls");
        let status = Command::new("strace")
            .args(["-f", "-qq", "-e"])
            .arg("trace=fsync,fdatasync,sync_file_range,sync,syncfs,msync,pwrite64,write,writev")
            .arg("-e")
            .arg("signal=none")
            .arg("-o")
            .arg(&log)
            .arg(std::env::current_exe().expect("this program"))
            .args(["--commits", &commits.to_string()])
            .arg(place.path())
            .status();
        if !status.is_ok_and(|status| status.success()) {
            return None;
        }
        let calls = std::fs::read_to_string(log).expect("the trace");
        // A call that another thread's call interrupts in the log is named twice.
        let of = |words: &[&str]| -> f64 {
            let begun = |line: &&str| !line.contains("resumed>");
            let named = |line: &&str| words.iter().any(|word| line.contains(word));
            calls.lines().filter(begun).filter(named).count() as f64
        };
        Some([of(&["sync"]), of(&["write"])])
    };
    let (few, many) = (200, 1_200);
    let (Some(before), Some(after)) = (counted(few), counted(many)) else {
        row::alone(
            "journal, syncs a commit",
            "not counted: no strace",
            0.0,
            Bar::None,
        );
        return;
    };
    for (what, index) in [("syncs", 0), ("writes", 1)] {
        let each = (after[index] - before[index]) / (many - few) as f64;
        let figure = format!("journal, {what} a commit, by strace");
        row::alone(&figure, &format!("{each:.3}"), each, Bar::Exactly(1.0));
    }
}
