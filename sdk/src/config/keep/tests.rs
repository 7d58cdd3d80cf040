//! How the waits of many programs are spread: by a seed, so that a run can be repeated. What a keeper does is in
//! `tests/tests/app_keep.rs`.

use std::collections::BTreeMap;
use std::time::UNIX_EPOCH;

use super::*;
use crate::session::Sessions;
use crate::simulator::{Clock, Options, Simulator};

const PERIOD: Duration = Duration::from_mins(5);
const PROGRAMS: u64 = 1_000;
/// AWS's reads of parameters a second (docs/AWS.md 8.1).
const RATE: usize = 40;

#[test]
fn a_wait_is_a_tenth_longer_or_shorter_at_most() {
    for (draw, milliseconds) in [(0, 270_000), (SPREAD, 300_000), (2 * SPREAD, 330_000), (2 * SPREAD + 1, 270_000)] {
        assert_eq!(wait(PERIOD, draw).as_millis(), milliseconds, "{draw}");
    }
    assert!(wait(Duration::MAX, 2 * SPREAD) > wait(Duration::MAX, 0));
    let draws: std::collections::BTreeSet<u64> = (0..100).flat_map(|seed| (0..100).map(move |turn| draw(seed, turn))).collect();
    assert_eq!(draws.len(), 10_000, "each program and each turn draws by itself");
}

/// How many looks there are in each second, of programs that all began in the same one, as after a release: the worst case.
fn planned(seed: u64, time: Duration) -> BTreeMap<u64, usize> {
    let mut seconds = BTreeMap::new();
    for program in 0..PROGRAMS {
        let mut at = 0;
        for turn in 0.. {
            // The clock counts milliseconds.
            at += wait(PERIOD, draw(draw(seed, program), turn)).as_millis();
            if at >= time.as_millis() {
                break;
            }
            *seconds.entry(u64::try_from(at / 1_000).expect("few")).or_default() += 1;
        }
    }
    seconds
}

#[test]
fn a_thousand_programs_stay_under_awss_rate() {
    for seed in [15, 16, 17] {
        let seconds = planned(seed, Duration::from_hours(1));
        let (calls, most): (usize, usize) = (seconds.values().sum(), seconds.values().copied().max().expect("calls"));
        // 1,000 in five minutes are 3.3 a second on average: 12,000 in an hour, less the last wait of each.
        assert!((11_000..=12_000).contains(&calls), "{calls} calls, seed {seed}");
        // The first wait spreads them over a minute, 17 a second; each further one spreads them more.
        assert!(most < RATE, "{most} in one second, seed {seed}");
        let late = seconds.range(1_800..).map(|(_, calls)| *calls).max().expect("calls");
        assert!(late < most && late <= 25, "{late} in one second after half an hour, seed {seed}");
    }
}

/// Nothing is throttled here, so the calls come when they were meant to.
#[tokio::test]
async fn a_thousand_programs_call_when_it_was_planned() {
    const SEED: u64 = 15;
    let (began, time) = (UNIX_EPOCH + Duration::from_secs(1_780_000_000), Duration::from_mins(6));
    let simulator = Simulator::new(Options::default(), Clock::virtual_from(began));
    let sessions = Sessions::open(&simulator.sdk_config("eu-west-1"), &"eu-west-1".parse().expect("a Region")).await.expect("a session");
    let config = sessions.own().config("shop");
    config.push(r#"{"max_items":5}"#).await.expect("pushed");
    let mut programs = Vec::new();
    for program in 0..PROGRAMS {
        programs.push(config.keep_by::<BTreeMap<String, u32>>(PERIOD, draw(SEED, program)).await.expect("read"));
    }
    assert_eq!(config.now(), began, "a call takes no time here");
    simulator.forget_calls();
    config.session.limiter().clock().sleep(time).await;

    let mut seconds: BTreeMap<u64, usize> = BTreeMap::new();
    for call in simulator.calls() {
        assert_eq!((call.operation.as_str(), &call.error), ("GetParameter", &None));
        *seconds.entry(call.at.duration_since(began).expect("later").as_secs()).or_default() += 1;
    }
    assert_eq!(seconds, planned(SEED, time), "seed {SEED}");
    assert!(programs.iter().all(|kept| kept.failing().is_none() && kept.current()["max_items"] == 5));
}
