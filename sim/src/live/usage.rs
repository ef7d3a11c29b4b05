//! Processes → the processor time that they have used and the memory that they hold, as
//! `/proc` tells them (proc(5)).

use std::time::Duration;

/// Ticks a second of `/proc/PID/stat`: 100 on every Linux that this runs on (sysconf(_SC_CLK_TCK)).
const TICKS_PER_S: u64 = 100;

/// Use of one kind of process.
#[derive(Debug, Default, Clone, Copy)]
pub struct Usage {
    /// Processor time since each of them started.
    pub cpu: Duration,
    /// Memory that is there now, MiB, of all of them. Pages that workers share count in each.
    pub resident_mib: u64,
}

impl Usage {
    /// What `ids` use now; those that have ended count nothing.
    #[must_use]
    pub fn of(ids: &[u32]) -> Self {
        ids.iter().fold(Self::default(), |sum, id| {
            let one = of_process(*id).unwrap_or_default();
            Self {
                cpu: sum.cpu + one.cpu,
                resident_mib: sum.resident_mib + one.resident_mib,
            }
        })
    }

    /// Processors in use between an earlier look and this one.
    #[must_use]
    pub fn processors_since(&self, before: &Self, elapsed: Duration) -> f64 {
        let used = self.cpu.saturating_sub(before.cpu);
        used.as_secs_f64() / elapsed.as_secs_f64().max(0.001)
    }
}

fn of_process(id: u32) -> Option<Usage> {
    let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
    let status = std::fs::read_to_string(format!("/proc/{id}/status")).ok()?;
    Some(Usage {
        cpu: cpu(&stat)?,
        resident_mib: resident_kib(&status)? / 1_024,
    })
}

/// User and system time of the process and of the children that it has waited for.
fn cpu(stat: &str) -> Option<Duration> {
    // The name in parentheses may hold blanks; what follows counts from field 3.
    let (_, fields) = stat.rsplit_once(')')?;
    let fields: Vec<&str> = fields.split_whitespace().collect();
    let ticks: u64 = (11..15)
        .map(|index| fields.get(index)?.parse::<u64>().ok())
        .sum::<Option<u64>>()?;
    Some(Duration::from_millis(ticks * 1_000 / TICKS_PER_S))
}

fn resident_kib(status: &str) -> Option<u64> {
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_read_behind_a_name_with_blanks() {
        let stat = "7 (a (b) c) S 1 7 7 0 -1 4194304 100 0 0 0 250 50 10 5 20 0 1 0 100 0 0";
        assert_eq!(cpu(stat), Some(Duration::from_millis(3_150)));
        assert_eq!(cpu("7 (a) S 1"), None);
        assert_eq!(resident_kib("Name:\ta\nVmRSS:\t  2048 kB\n"), Some(2_048));
    }

    #[test]
    fn this_process_is_there() {
        assert!(Usage::of(&[std::process::id()]).resident_mib > 0);
    }
}
