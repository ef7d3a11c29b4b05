//! The page's words in both languages.

use crate::wording::Language;

macro_rules! words {
    ($($name:ident: $zh:literal, $en:literal;)*) => {
        /// Every word of the page in one language.
        #[derive(Debug)]
        pub(crate) struct Words {
            /// For the `lang` attribute.
            pub(crate) code: &'static str,
            /// Whether it is Chinese.
            pub(crate) is_zh: bool,
            $(pub(crate) $name: &'static str,)*
        }

        impl Words {
            pub(crate) const ZH: Self = Self { code: "zh-CN", is_zh: true, $($name: $zh,)* };
            pub(crate) const EN: Self = Self { code: "en", is_zh: false, $($name: $en,)* };

            /// The words of a language.
            pub(crate) const fn of(language: Language) -> &'static Self {
                match language {
                    Language::Zh => &Self::ZH,
                    Language::En => &Self::EN,
                }
            }
        }
    };
}

words! {
    title: "关区卡口监控", "Gates of the region";
    skip: "跳到正文", "Skip to content";
    live: "实时", "LIVE";
    stale: "数据已过时", "STALE";
    other_language: "English", "中文";
    log_out: "退出", "Log out";
    log_in: "登录", "Log in";
    token: "访问令牌", "Access token";
    token_help: "由管理员用 kakou-region token 生成。", "An administrator makes one with kakou-region token.";
    token_wrong: "令牌无效。", "This token is not known.";
    too_many: "尝试过多，请稍候。", "Too many tries; wait a little.";
    search: "查询", "Search";
    search_help: "车牌、箱号、核放单号或司机备案号", "Plate, container, gate pass or driver";
    find: "查找", "Find";
    events: "事件流", "Events as they come";
    no_events: "尚无事件。", "No events yet.";
    gap: "此前有事件未显示", "events before this are not shown";
    too_slow: "接收过慢，连接已断开并重连", "too slow to follow; connecting again";
    gates: "卡口", "Gates";
    gate: "卡口", "Gate";
    head: "事件数", "Events";
    silent: "静默", "Silent for";
    backlog: "入库延迟", "Delay of the last";
    alarms: "告警", "Alarms";
    never: "从未上报", "never heard of";
    warnings: "早期预警", "Early warnings";
    no_warnings: "无：各项均与自身历史相符。", "None: everything is like its own past.";
    warnings_note: "最近 24 小时与此前 28 天的自身历史相比；阈值见每条说明。预警只提示查看，不拦车。",
        "The last 24 hours against the subject's own 28 days before; each tells its threshold. A warning says look; it holds nobody.";
    period: "时段", "Period";
    day: "24 小时", "24 hours";
    week: "7 天", "7 days";
    month: "28 天", "28 days";
    incomplete: "时段过长，仅统计了部分记录。", "The period holds too much; only a part is counted.";
    passages: "通行", "Passages";
    held: "拦下", "Held";
    detained: "扣留", "Detained";
    hold_rate: "拦下率", "Held of all";
    repeated: "重复判定", "Decided again";
    cleared_by_customs: "海关指令放行", "Cleared by directive";
    by_rule: "按规则", "By rule";
    rule: "规则", "Rule";
    reasons: "主要原因", "Main reasons";
    by_premises: "按场所", "By site";
    premises: "场所", "Site";
    by_company: "按企业", "By company";
    company: "企业", "Company";
    by_clerk: "按关员", "By clerk";
    clerk: "关员", "Clerk";
    cleared: "放行", "Let go";
    to_bay: "移查验区", "To the bay";
    turned_away: "退回", "Turned away";
    cleared_share: "放行占比", "Let go of all";
    steps: "步骤用时", "Step times";
    step: "步骤", "Step";
    count: "次数", "Count";
    median: "中位数", "Median";
    p90: "第 90 百分位", "9 of 10 within";
    scales: "地磅：实测减应有重量", "Scales: measured less expected";
    lane: "通道", "Lane";
    width: "离散度", "Spread";
    devices: "设备", "Devices";
    device: "设备", "Device";
    failures: "失效次数", "Failures";
    down: "失效时长", "Not live";
    rejected: "拒收帧", "Frames rejected";
    faults: "故障与闯关", "Faults and breaches";
    fault: "种类", "Kind";
    nothing: "本时段无记录。", "Nothing in this period.";
    passages_plot: "通行量", "Passages";
    holds_plot: "各规则拦下率", "Share held, by rule";
    times_plot: "用时", "Times";
    weights_plot: "各通道重量差（中位数）", "Weight difference by lane (median)";
    per_bucket: "每格", "per bar";
    release: "放行", "release";
    review: "复核", "review";
    detain: "扣留", "detain";
    pass: "通过", "pass";
    evidence_median: "证据齐备 中位数", "evidence, median";
    evidence_p90: "证据齐备 九成", "evidence, 9 of 10";
    whole_median: "全程 中位数", "whole, median";
    whole_p90: "全程 九成", "whole, 9 of 10";
    results: "查询结果", "Results";
    none_found: "未找到。", "Nothing found.";
    visits: "按车辆查看全程", "Whole visits of this vehicle";
    visit: "一次进出", "Visit";
    shortened: "记录过多，较早的未列出。", "Too much for one page; the older part is left out.";
    time: "时间（UTC）", "Time (UTC)";
    passage: "通行编号", "Passage";
    verdict: "判定", "Verdict";
    vehicle: "车辆", "Vehicle";
    end: "结束方式", "End";
    next_page: "下一页", "Next page";
    back: "返回总览", "Back to the overview";
    story: "全过程", "Story";
    decision: "判定", "Decision";
    outcome: "结果", "Outcome";
    reason: "原因", "Reason";
    observed: "实测", "Observed";
    expected: "应为", "Expected";
    limit: "限值", "Limit";
    sequence: "序号", "No.";
    hash: "链哈希", "Chain hash";
    event: "事件", "Event";
    problem: "无法答复", "No answer";
}
