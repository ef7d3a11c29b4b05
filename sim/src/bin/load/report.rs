//! What was measured → the text of `docs/load-report.md`: tables, bars, and on paper what a whole
//! country needs.

use std::fmt::Write as _;
use std::time::Duration;

use sim::live::cluster::NODES;

use super::phases::{Measured, Span};
use super::scene::Usages;
use sim::live::usage::Usage;

/// The bars of the design: of COPY's rate, by one collector; of the live rate, in catching up.
pub(crate) const STORE_BAR: f64 = 0.5;
pub(crate) const CATCH_UP_BAR: f64 = 5.0;

/// A figure: its name, what was measured, and ratio and bar where there is one.
type Row = (String, String, Option<(f64, f64)>);

/// Assumptions about a country, beside the number of regions and sites.
struct Country {
    regions: f64,
    sites: f64,
    gates_of_site: f64,
    vehicles_of_site_a_day: f64,
    /// Share of a day's vehicles in its busiest hour.
    peak_hour: f64,
    /// Share of the country's vehicles in its busiest region.
    busiest: f64,
    kept_days: f64,
}

const COUNTRY: Country = Country {
    regions: 46.0,
    sites: 800.0,
    gates_of_site: 5.0,
    vehicles_of_site_a_day: 3_000.0,
    peak_hour: 0.10,
    busiest: 0.15,
    kept_days: 366.0,
};

impl Measured {
    /// Events a second that all collectors together stored when everybody sent at once.
    fn flood_rate(&self) -> f64 {
        rate(&self.flood)
    }

    fn copy_rate(&self) -> f64 {
        self.stored.rows as f64 / self.stored.copy.as_secs_f64()
    }

    /// What one collector stores, beside COPY.
    pub(crate) fn store_ratio(&self) -> f64 {
        rate(&self.stored.flood) / self.copy_rate()
    }

    /// How fast the cut gates' backlog went, beside the rate at which all gates make events.
    pub(crate) fn catch_up_ratio(&self) -> f64 {
        self.backlog as f64 / self.catch_up.elapsed.as_secs_f64() / self.size.rate
    }

    fn row_bytes(&self) -> f64 {
        self.table_bytes as f64 / self.rows as f64
    }

    /// The whole report.
    pub(crate) fn text(&self) -> String {
        let mut text = String::from("# A region under load\n\n");
        text.push_str(&self.setting());
        text.push_str(&self.figures());
        text.push_str(&self.usage());
        text.push_str(&self.country());
        text
    }

    fn setting(&self) -> String {
        let size = &self.size;
        format!(
            "Written by `make load-report` (`sim/src/bin/load`; `ARGS=--quick` prints a short run \
             instead). Everything ran on one machine, {} processors, {}: {} gates with keys of \
             their own in one process ({} connections, mutual TLS 1.3, events \
             with QoS 1, subscriptions with 0), a NATS broker of {NODES} nodes, {} collectors, \
             PostgreSQL {} with every commit synced. Records are those of a simulated day, {:.0} \
             bytes each. Gates, broker and database took processors from the collectors: take the \
             ratios, not the absolute figures.\n\n",
            std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
            processor(),
            size.gates,
            self.lines,
            size.collectors,
            self.version,
            self.payload_bytes as f64 / self.rows as f64,
        )
    }

    fn figures(&self) -> String {
        let mut text = String::from("| figure | measured | bar | met |\n|---|---|---|---|\n");
        for (name, value, held) in self.arriving().into_iter().chain(self.storing()) {
            let (bar, met) = held.map_or_else(
                || ("-".to_owned(), "-"),
                |(ratio, bar)| {
                    let met = if ratio >= bar { "yes" } else { "NO" };
                    (format!(">= {bar}"), met)
                },
            );
            // Writing into a string cannot fail.
            let _ = writeln!(text, "| {name} | {value} | {bar} | {met} |");
        }
        text + "\n"
    }

    /// How late events are.
    fn arriving(&self) -> Vec<Row> {
        let size = &self.size;
        let lag = |span: &Span, permille| format!("{:.0} ms", span.lags.ms(permille));
        let mut rows = vec![
            (
                format!("{} gates connected and subscribed", size.gates),
                format!("in {:.0} s", self.connected_in.as_secs_f64()),
                None,
            ),
            (
                format!("live: events/s acknowledged, of {:.0} made", size.rate),
                format!("{:.0}", rate(&self.live)),
                None,
            ),
        ];
        for (name, permille) in [("p50", 500), ("p90", 900), ("p99", 990)] {
            let name = format!("live: from made to acknowledged, {name}");
            rows.push((name, lag(&self.live, permille), None));
        }
        rows.push((
            format!(
                "the {:.0} s before, while the broker is made to keep every gate's watermark, p90",
                self.first.elapsed.as_secs_f64()
            ),
            lag(&self.first, 900),
            None,
        ));
        rows.push((
            format!(
                "catch-up: {} gates back after {} s, {} events, while {:.0}/s go on",
                size.cut,
                size.outage.as_secs(),
                self.backlog,
                size.rate
            ),
            format!(
                "worked off in {:.1} s, {:.1} x the live rate of all gates",
                self.catch_up.elapsed.as_secs_f64(),
                self.catch_up_ratio()
            ),
            Some((self.catch_up_ratio(), CATCH_UP_BAR)),
        ));
        rows.push((
            "catch-up: lag of everything acknowledged meanwhile, p99".to_owned(),
            lag(&self.catch_up, 990),
            None,
        ));
        rows
    }

    /// How many are stored.
    fn storing(&self) -> Vec<Row> {
        let collectors = self.size.collectors;
        vec![
            (
                format!(
                    "all gates at once, over the three nodes: {} events stored",
                    self.flood.events
                ),
                format!("{:.0}/s by {collectors} collectors", self.flood_rate()),
                None,
            ),
            (
                format!(
                    "one collector, over one mosquitto: {} events stored",
                    self.stored.flood.events
                ),
                format!("{:.0}/s", rate(&self.stored.flood)),
                None,
            ),
            (
                "PostgreSQL: one COPY of the same rows, nothing else running".to_owned(),
                format!("{:.0}/s", self.copy_rate()),
                None,
            ),
            (
                "one collector beside that COPY".to_owned(),
                format!("{:.2} x", self.store_ratio()),
                Some((self.store_ratio(), STORE_BAR)),
            ),
            (
                format!("all {} events at the region", self.rows + self.stored.rows),
                format!(
                    "none lost, none doubled, none out of order; {} connections lost, \
                     {} repetitions",
                    self.losses, self.repeats
                ),
                None,
            ),
        ]
    }

    fn usage(&self) -> String {
        let mut text = String::from(
            "Processors in use, and memory held at the end of each phase (MiB; pages that \
             PostgreSQL's workers share count in each):\n\n\
             | phase | brokers | PostgreSQL | collectors | gates |\n|---|---|---|---|---|\n",
        );
        let phases = [
            ("live", &self.live),
            ("catch-up", &self.catch_up),
            ("all at once", &self.flood),
            ("one collector, one mosquitto", &self.stored.flood),
        ];
        for (name, span) in phases {
            let cell = |of: fn(&Usages) -> Usage| {
                let (before, after) = (of(&span.before), of(&span.after));
                let used = after.processors_since(&before, span.elapsed);
                format!("{used:.2}, {} MiB", after.resident_mib)
            };
            let _ = writeln!(
                text,
                "| {name} | {} | {} | {} | {} |",
                cell(|u| u.brokers),
                cell(|u| u.postgres),
                cell(|u| u.collectors),
                cell(|u| u.gates)
            );
        }
        for (what, span) in [
            ("When all sent at once", &self.flood),
            ("Over one mosquitto", &self.stored.flood),
        ] {
            let per_event = |of: fn(&Usages) -> Usage| {
                let used = of(&span.after).cpu.saturating_sub(of(&span.before).cpu);
                used.as_secs_f64() * 1e6 / span.events.max(1) as f64
            };
            let _ = writeln!(
                text,
                "\n{what}, an event cost {:.0} us of a processor in the collectors, {:.0} us in \
                 PostgreSQL and {:.0} us in the broker.",
                per_event(|u| u.collectors),
                per_event(|u| u.postgres),
                per_event(|u| u.brokers)
            );
        }
        text.push('\n');
        text
    }

    fn country(&self) -> String {
        let c = &COUNTRY;
        let vehicles = c.sites * c.vehicles_of_site_a_day;
        let events = vehicles * self.events_of_passage;
        let peak = events * c.peak_hour / 3_600.0;
        let busiest = peak * c.busiest;
        let backlog = busiest * 600.0;
        let room = (self.flood_rate() - busiest).max(1.0);
        let kept_tb = events * self.row_bytes() * c.kept_days / 1e12;
        let mib_a_line =
            (self.live.after.brokers.resident_mib as f64 / self.lines.max(1) as f64).max(0.01);
        format!(
            "## A whole country, on paper\n\n\
             Assumed: {:.0} regions, {:.0} sites, {:.0} gates at a site, {:.0} vehicles a day through \
             a site, {:.0} % of them in the busiest hour, {:.0} % of all in the busiest region. \
             Measured: {:.1} events a passage in the simulated day, {:.0} bytes a row in the \
             partitions with their index.\n\n\
             | what | country | busiest region | a region on average |\n|---|---|---|---|\n\
             | gates | {:.0} | {:.0} | {:.0} |\n\
             | events a day | {:.1} M | {:.1} M | {:.2} M |\n\
             | events/s in the busiest hour | {:.0} | {:.0} | {:.0} |\n\
             | storage a day | {:.0} GB | {:.1} GB | {:.1} GB |\n\
             | storage of {:.0} days | {:.1} TB | {:.1} TB | {:.2} TB |\n\n\
             The collectors of this run stored {:.0} events/s on a machine that also was everything \
             else: {:.0} times the busiest region's peak. After ten minutes without its broker that \
             region has {:.0} events waiting and would need {:.0} s to work them off at that rate. \
             So two collectors, one PostgreSQL server and three broker nodes are enough for any \
             region by rate, and the second collector and the other nodes are there to be lost. The \
             broker's nodes held {:.2} MiB a connection.\n\n\
             Not in these figures: network between the machines, disks slower than this one, \
             pictures (pulled on demand, past this store), questions asked while events come in, and \
             a database that is replicated synchronously.\n",
            c.regions,
            c.sites,
            c.gates_of_site,
            c.vehicles_of_site_a_day,
            c.peak_hour * 100.0,
            c.busiest * 100.0,
            self.events_of_passage,
            self.row_bytes(),
            c.sites * c.gates_of_site,
            c.sites * c.gates_of_site * c.busiest,
            c.sites * c.gates_of_site / c.regions,
            events / 1e6,
            events * c.busiest / 1e6,
            events / c.regions / 1e6,
            peak,
            busiest,
            peak / c.regions,
            events * self.row_bytes() / 1e9,
            events * self.row_bytes() * c.busiest / 1e9,
            events * self.row_bytes() / c.regions / 1e9,
            c.kept_days,
            kept_tb,
            kept_tb * c.busiest,
            kept_tb / c.regions,
            self.flood_rate(),
            self.flood_rate() / busiest,
            backlog,
            backlog / room,
            mib_a_line,
        )
    }
}

fn rate(span: &Span) -> f64 {
    span.events as f64 / span.elapsed.max(Duration::from_millis(1)).as_secs_f64()
}

fn processor() -> String {
    let text = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let line = text.lines().find(|line| line.starts_with("model name"));
    line.and_then(|line| line.split_once(": "))
        .map_or("unknown", |(_, name)| name)
        .to_owned()
}
