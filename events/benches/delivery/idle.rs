//! What durable handlers cost that have nothing to do.

use std::time::{Duration, Instant};

use events::BoxError;
use events::handler::HandlerRegistration;
use events::prelude::*;
use events::store::{SqliteBackend, SqliteOptions};
use serde::{Deserialize, Serialize};

use crate::counted::{Calls, Counted};
use crate::support::meal;
use crate::{Bench, COMMIT, fill, process};

const IDLE: Duration = Duration::from_secs(10);
/// Until everything is started, and looks at the log as rarely as it does when nothing happens.
const SETTLING: Duration = Duration::from_secs(5);
const COMMITS: u32 = 20;

/// Nobody ever weighs.
#[derive(Serialize, Deserialize, DomainEvent)]
#[event(name = "weighed", no_stream)]
struct Weighed;

macro_rules! idle {
    ($($name:ident)*) => {
        $(#[event_handler(durable(from = "start"))]
        fn $name(_: &Weighed) {})*

        fn handlers() -> Vec<&'static HandlerRegistration> {
            handlers![$($name),*].into_iter().collect()
        }
    };
}

idle! {
    idle_000 idle_001 idle_002 idle_003 idle_004 idle_005 idle_006 idle_007 idle_008 idle_009
    idle_010 idle_011 idle_012 idle_013 idle_014 idle_015 idle_016 idle_017 idle_018 idle_019
    idle_020 idle_021 idle_022 idle_023 idle_024 idle_025 idle_026 idle_027 idle_028 idle_029
    idle_030 idle_031 idle_032 idle_033 idle_034 idle_035 idle_036 idle_037 idle_038 idle_039
    idle_040 idle_041 idle_042 idle_043 idle_044 idle_045 idle_046 idle_047 idle_048 idle_049
    idle_050 idle_051 idle_052 idle_053 idle_054 idle_055 idle_056 idle_057 idle_058 idle_059
    idle_060 idle_061 idle_062 idle_063 idle_064 idle_065 idle_066 idle_067 idle_068 idle_069
    idle_070 idle_071 idle_072 idle_073 idle_074 idle_075 idle_076 idle_077 idle_078 idle_079
    idle_080 idle_081 idle_082 idle_083 idle_084 idle_085 idle_086 idle_087 idle_088 idle_089
    idle_090 idle_091 idle_092 idle_093 idle_094 idle_095 idle_096 idle_097 idle_098 idle_099
    idle_100 idle_101 idle_102 idle_103 idle_104 idle_105 idle_106 idle_107 idle_108 idle_109
    idle_110 idle_111 idle_112 idle_113 idle_114 idle_115 idle_116 idle_117 idle_118 idle_119
    idle_120 idle_121 idle_122 idle_123 idle_124 idle_125 idle_126 idle_127 idle_128 idle_129
    idle_130 idle_131 idle_132 idle_133 idle_134 idle_135 idle_136 idle_137 idle_138 idle_139
    idle_140 idle_141 idle_142 idle_143 idle_144 idle_145 idle_146 idle_147 idle_148 idle_149
    idle_150 idle_151 idle_152 idle_153 idle_154 idle_155 idle_156 idle_157 idle_158 idle_159
    idle_160 idle_161 idle_162 idle_163 idle_164 idle_165 idle_166 idle_167 idle_168 idle_169
    idle_170 idle_171 idle_172 idle_173 idle_174 idle_175 idle_176 idle_177 idle_178 idle_179
    idle_180 idle_181 idle_182 idle_183 idle_184 idle_185 idle_186 idle_187 idle_188 idle_189
    idle_190 idle_191 idle_192 idle_193 idle_194 idle_195 idle_196 idle_197 idle_198 idle_199
}

pub(crate) fn run(bench: &Bench) -> Result<(), BoxError> {
    if bench.wants("idle") { bench.runtime.block_on(measure(bench)) } else { Ok(()) }
}

async fn measure(bench: &Bench) -> Result<(), BoxError> {
    let calls = Calls::default();
    let backend = Counted::new(SqliteBackend::open(SqliteOptions::new(bench.file("idle.db"))).await?, calls.clone());
    let registered = handlers();
    let store = EventStore::new(backend);
    fill(&store, COMMIT).await?;
    let handlers = registered.len();
    let builder = EventDispatcher::builder().store(store).handlers(HandlerRegistry::only(registered));
    let app = builder.start().await?;
    tokio::time::sleep(SETTLING).await;
    let idle = Stretch::begin(&calls)?;
    tokio::time::sleep(IDLE).await;
    idle.end(&format!("idle-{handlers}"), "a second", IDLE.as_secs_f64())?;
    let busy = Stretch::begin(&calls)?;
    commits(&app).await?;
    busy.end(&format!("idle-{handlers}-commits"), "a commit of what they don't take", f64::from(COMMITS))?;
    app.shutdown().await?;
    Ok(())
}

/// Commits events that none of the handlers takes, now and then.
async fn commits(app: &EventDispatcher) -> Result<(), BoxError> {
    let mut next = tokio::time::interval(Duration::from_millis(100));
    for _ in 0..COMMITS {
        next.tick().await;
        app.publish(meal(Uuid::now_v7())).await?;
    }
    next.tick().await;
    Ok(())
}

/// What is counted from a beginning to an end.
struct Stretch {
    began: Instant,
    processor_time: Duration,
    calls: Calls,
}

impl Stretch {
    fn begin(calls: &Calls) -> Result<Self, BoxError> {
        calls.clear();
        Ok(Self { began: Instant::now(), processor_time: process::processor_time()?, calls: calls.clone() })
    }

    /// Prints what it comes to for each of so many.
    fn end(self, name: &str, each: &str, times: f64) -> Result<(), BoxError> {
        let took = process::processor_time()?.saturating_sub(self.processor_time);
        let (share, calls) = (took.div_duration_f64(self.began.elapsed()) * 100.0, self.calls.taken());
        let total: u32 = calls.values().sum();
        println!("percent {name}-processor {share:.1} of one core");
        println!("calls {name}-store {:.1} for {each}: {calls:?}", f64::from(total) / times);
        Ok(())
    }
}
