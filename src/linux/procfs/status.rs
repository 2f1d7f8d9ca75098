//! Parses `/proc/PID/status` (`proc_pid_status(5))`: only for single processes, never for all on
//! every refresh.

use crate::record::{Pid, Sender, SignalMasks, Situation};

/// The bit of `CAP_KILL` (capabilities(7)).
const CAP_KILL: u32 = 5;

/// The fields of a status file that are used.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Status {
    /// The process that it is a thread of.
    pub(crate) thread_group: Option<Pid>,
    pub(crate) uid: Option<u32>,
    /// The pid in the innermost of its pid namespaces.
    pub(crate) innermost_pid: Option<Pid>,
    /// The masks of signals, where all three are there.
    pub(crate) signals: Option<SignalMasks>,
    /// The credentials with which it sends signals.
    pub(crate) sender: Option<Sender>,
    /// The largest resident memory so far, in bytes.
    pub(crate) peak_resident: Option<u64>,
    /// Virtual memory, in bytes.
    pub(crate) virtual_memory: Option<u64>,
}

impl Status {
    /// Reads what is there; what is not stays unknown.
    pub(crate) fn parse(text: &[u8]) -> Self {
        let mut status = Self::default();
        let mut masks = [None; 3];
        let mut situation = Situation::default();
        let mut users: Vec<u32> = Vec::new();
        let (mut capabilities, mut pending) = (None, 0);
        let mut is_nested = false;
        for line in text.split(|byte| *byte == b'\n') {
            let Ok(line) = std::str::from_utf8(line) else { continue };
            let Some((name, value)) = line.split_once(':') else { continue };
            let mut words = value.split_ascii_whitespace();
            match name {
                // Real, effective, saved, file system.
                "Uid" => users = words.map_while(|uid| uid.parse().ok()).collect(),
                "TracerPid" => {
                    let tracer = words.next().and_then(|pid| pid.parse().ok());
                    situation.tracer = tracer.filter(|pid| *pid != 0);
                }
                "CapEff" => capabilities = mask(value),
                "Tgid" => status.thread_group = words.next().and_then(|pid| pid.parse().ok()),
                "NSpid" => {
                    is_nested = words.clone().count() > 1;
                    status.innermost_pid = words.next_back().and_then(|pid| pid.parse().ok());
                }
                "SigPnd" | "ShdPnd" => pending |= mask(value).unwrap_or_default(),
                "SigBlk" => masks[0] = mask(value),
                "SigIgn" => masks[1] = mask(value),
                "SigCgt" => masks[2] = mask(value),
                "VmHWM" => status.peak_resident = kilobytes(words.next()),
                "VmSize" => status.virtual_memory = kilobytes(words.next()),
                _ => {}
            }
        }
        status.uid = users.get(1).copied();
        if let [real, effective, saved, ..] = *users {
            // The owner of a user namespace may do everything in it (user_namespaces(7)); such a
            // process has its pid namespace, too.
            situation.users = (!is_nested).then_some([real, saved]);
            status.sender = capabilities.map(|mask| Sender {
                users: [real, effective],
                may_kill_all: mask & (1 << CAP_KILL) != 0,
            });
        }
        if let [Some(blocked), Some(ignored), Some(caught)] = masks {
            situation.has_pending = pending & !blocked != 0;
            status.signals = Some(SignalMasks { blocked, ignored, caught, situation });
        }
        status
    }
}

fn kilobytes(word: Option<&str>) -> Option<u64> {
    word?.parse().ok().map(|size: u64| size.saturating_mul(1024))
}

fn mask(hexadecimal: &str) -> Option<u64> {
    u64::from_str_radix(hexadecimal.trim(), 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_effective_user_and_the_masks_are_read() {
        let text = b"Name:\ta\\nUid:\t7\nUid:\t1000\t0\t0\t0\nTracerPid:\t77\nNSpid:\t900\t1\nVmHWM:\t  40 kB\n\
            SigBlk:\t0000000000004000\nSigIgn:\t0000000000001000\nSigCgt:\t0000000180000002\n";
        let status = Status::parse(text);
        assert_eq!((status.uid, status.peak_resident), (Some(0), Some(40 * 1024)));
        assert_eq!(status.innermost_pid, Some(1));
        let masks = SignalMasks {
            blocked: 0x4000,
            ignored: 0x1000,
            caught: 0x1_8000_0002,
            ..SignalMasks::NONE
        };
        let masks =
            SignalMasks { situation: Situation { tracer: Some(77), ..Situation::CALM }, ..masks };
        assert_eq!(status.signals, Some(masks));
    }

    #[test]
    fn a_pending_signal_counts_unless_it_is_blocked() {
        let has_pending = |lines: &str| {
            let text = format!("{lines}SigBlk:\t4\nSigIgn:\t0\nSigCgt:\t0\n");
            Status::parse(text.as_bytes()).signals.unwrap().situation.has_pending
        };
        assert!(has_pending("SigPnd:\t2\nShdPnd:\t0\n"));
        assert!(has_pending("SigPnd:\t0\nShdPnd:\t6\n"));
        assert!(!has_pending("SigPnd:\t4\nShdPnd:\t4\n"));
        assert!(!has_pending(""));
    }

    #[test]
    fn whom_a_process_may_send_signals_to_and_who_may_send_it_some() {
        let text = b"Uid:\t1000\t0\t7\t0\nNSpid:\t900\nCapEff:\t0000000000000020\n\
            SigBlk:\t0\nSigIgn:\t0\nSigCgt:\t0\nTracerPid:\t0\n";
        let status = Status::parse(text);
        let situation = Situation { users: Some([1000, 7]), ..Situation::CALM };
        assert_eq!(status.signals.map(|masks| masks.situation), Some(situation));
        let sender = status.sender.unwrap();
        assert!(sender.may_kill_all && sender.may_reach([5, 6]));
        let ordinary = Sender { may_kill_all: false, ..sender };
        assert!(ordinary.may_reach([5, 0]) && !ordinary.may_reach([5, 6]));
    }

    #[test]
    fn nonsense_is_unknown() {
        assert_eq!(Status::parse(b"Uid: x y\nSigBlk: zz\n\xff\xfe:\n:::"), Status::default());
    }
}
