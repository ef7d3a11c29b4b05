//! The words of the evidence in both languages.

use wording::Language;

wording::words! {
    undecided: "本次通行尚未判定，暂无证据。", "This passage is not decided yet; there is no evidence to show.";
    decision: "第几次判定", "Decision no.";
    frozen: "证据冻结时间（UTC）", "Evidence frozen at (UTC)";
    policy: "参数版本", "Policy";
    mode: "车道模式", "Lane mode";
    direction: "方向", "Direction";

    findings: "应为与实测对照", "Expected against observed";
    nothing_holds: "无拦下原因", "nothing holds the vehicle";
    rules_kept: "符合或未适用的规则", "Rules satisfied or not applied";
    rule: "规则", "Rule";
    outcome: "结果", "Outcome";
    reason: "原因", "Reason";
    expected: "应为", "Expected";
    observed: "实测", "Observed";
    limit: "限值", "Limit";
    way_out: "处理办法", "Way out";
    pass_outcome: "通过", "pass";
    skipped: "未适用", "not applied";
    release: "放行", "release";
    review: "复核", "review";
    detain: "扣留", "detain";
    characters_differ: "不同字符：", "characters that differ:";
    gap: "此处缺一位", "a character is missing here";
    untold_rule: "另行查验", "Check of its own";
    untold_reason: "本次通行须查验，原因不在此显示", "this passage is to be checked; the reason is not shown here";
    untold_way: "请查验车辆与单证，并通知主管", "check vehicle and papers, and tell the supervisor";

    pictures: "照片与识别", "Pictures and what was read";
    no_pictures: "本次判定没有关联的照片。", "No picture belongs to this decision.";
    show_boxes: "显示标框（原图不变）", "Show boxes (the picture itself stays as it is)";
    camera: "摄像机", "Camera";
    kept_at: "存档时间（UTC）", "Kept at (UTC)";
    crops: "识别处放大", "What was read, enlarged";
    read_as: "读作", "read as";
    on_pass: "核放单", "on the pass";
    not_on_pass: "核放单上无相近号码", "nothing like it on the pass";
    others: "也可能是", "could also be";
    sure: "可靠", "sure";
    unsure: "不可靠", "not sure";
    plate: "车牌", "plate";
    container: "箱号", "container";
    nothing_read: "无识别位置记录。", "No places of readings are noted.";
    intact: "哈希一致", "hash agrees";
    altered: "文件已被改动，不予显示", "the file was altered and is not shown";
    gone: "本卡口未保存该文件", "the file is not kept at this gate";
    unchecked: "显示时校验哈希", "hash is checked when it is shown";
    unreadable: "文件无法读取", "the file cannot be read";
    lost: "图像无法取得：已删除、被改动或会话已结束。", "The picture does not come: it is gone, was altered, or the session has ended.";
    open_original: "打开原图", "Open the original";
    digest: "文件 SHA-256", "SHA-256 of the file";

    scans: "机检图像", "Scanner images";
    no_scans: "本次判定没有机检图像。", "No scan belongs to this decision.";
    whole_vehicle: "整车", "whole vehicle";
    verdict: "审图结论", "Verdict";
    judge: "审图人", "Judged by";
    machine: "软件", "software";
    officer: "关员", "officer";
    captured_at: "采集时间（UTC）", "Captured at (UTC)";
    joined_plate: "图像关联车牌", "Plate joined to the image";
    same_image: "审图与采集为同一图像", "the image judged is the image captured";
    other_image: "审图所用图像与采集的不同", "the image judged is not the image captured";
    loaded: "有货", "loaded";
    empty: "空", "empty";
    load_unknown: "空重不明", "loaded or empty is not known";
    load: "空重", "Load";
    scan_mass: "货物重量（软件测算）", "Cargo mass (measured by software)";
    at_least: "至少", "at least";
    fill: "装载率", "Room filled";
    density: "货物性质", "Nature of the load";
    likeness: "看似商品章", "Looks like chapter";
    issues: "图像质量", "Quality of the image";
    places: "软件标记处", "Places marked by software";
    no_places: "软件未标记任何位置。", "Software marks no place.";
    score: "评分", "score";
    contrast: "面密度差", "contrast";
    kind: "类别", "Kind";
    number: "序号", "No.";
    small_load: "空箱内有物", "load in an empty container";
    hidden_object: "与周围货物不同的物体", "object unlike the cargo";
    viewer: "机检图像查看器", "Scan viewer";
    zoom_in: "放大", "Zoom in";
    zoom_out: "缩小", "Zoom out";
    reset: "复原", "Reset";
    window: "窗宽", "Window";
    level: "窗位", "Level";
    log_scale: "对数灰度", "Logarithmic grey";
    heat: "热力图", "Heat map";
    no_heat: "无热力图", "no heat map";
    zoom: "缩放", "zoom";
    depth: "每像素位数", "bits a pixel";
    keys: "键盘：+ − 缩放，方向键平移，[ ] 窗宽，{ } 窗位，h 热力图，m 标记，g 对数，0 复原",
        "Keys: + − zoom, arrows pan, [ ] window, { } level, h heat map, m marks, g logarithm, 0 reset";

    weight: "重量", "Weight";
    weight_curve: "重量变化曲线", "Course of the weight";
    no_trace: "未记录重量变化过程，仅显示过磅结果。", "The course was not recorded; only the weighings are drawn.";
    seconds: "开单后秒数", "seconds since arrival";
    quantity: "项目", "Quantity";
    nature: "性质", "Kind of number";
    value: "数值", "Value";
    measured: "实测", "measured";
    declared: "申报", "declared";
    registered: "备案", "registered";
    worked_out: "应为", "expected";
    derived: "推算", "derived";
    by_policy: "参数", "by policy";
    counted_gross: "毛重（采用）", "Gross (the one that counts)";
    earlier_gross: "毛重（此前过磅）", "Gross (earlier weighing)";
    stable_for: "稳定时长", "Stable for";
    scale: "地磅", "Scale";
    tractor_tare: "牵引车皮重", "Tare of the tractor";
    trailer_tare: "挂车皮重", "Tare of the trailer";
    container_tare: "箱皮重", "Tare of the container";
    cargo: "货物毛重", "Gross of the goods";
    expected_gross: "应有毛重", "Expected gross";
    tolerance: "允差", "Tolerance";
    review_up_to: "复核上限", "Review up to";
    difference: "差额", "Difference";
    not_recorded: "未登记", "not recorded";
    stable: "稳定", "stable";
    axle: "轴重", "Axle load";

    route: "途中轨迹", "Journey";
    no_route: "没有途中监管记录。", "No tracker reported a journey.";
    tracker: "定位终端", "Tracker";
    bound_to: "绑定车牌", "Bound to";
    unbound: "未绑定", "not bound";
    fixes: "定位点", "Fixes";
    fixes_void: "无效定位点", "Fixes that do not count";
    tampered: "报告被破坏", "tampering reported";
    opened: "报告途中开锁", "opened on the way";
    track_plan: "轨迹与规定路线", "Track and prescribed route";
    time_axis: "时间轴（UTC）", "Time axis (UTC)";
    start: "起点", "start";
    end: "终点", "end";
    gate: "卡口", "gate";
    corridor: "规定路线", "prescribed route";
    no_corridor: "核放单未规定路线。", "The pass prescribes no route.";
    stop: "停留", "stop";
    stops: "停留记录", "Stops";
    tracker_gap: "定位中断", "tracker silent";
    gaps: "定位中断记录", "Silences of the tracker";
    outside: "偏离路线的点", "points outside the route";
    arrival: "到达", "arrival";
    window_from: "时段始", "window opens";
    window_until: "时段止", "window ends";
    from: "起", "From";
    lasting: "时长", "For";
    above_limit: "超限", "above the limit";
    within_limit: "限内", "within the limit";

    papers: "核放单与舱单", "Pass and manifest";
    no_pass: "未找到核放单。", "No gate pass was found.";
    several_passes: "多份核放单符合，请选定：", "Several gate passes fit; choose one:";
    item: "项目", "Item";
    on_papers: "单证", "On the papers";
    seen: "实见", "Seen";
    comparison: "比对", "Comparison";
    agrees: "一致", "agrees";
    differs: "不一致", "differs";
    not_seen: "未读到", "not seen";
    not_named: "单证未列", "not on the papers";
    pass_number: "核放单号", "Pass number";
    validity: "有效时段（UTC）", "Valid (UTC)";
    inside_window: "在时段内", "within the window";
    outside_window: "不在时段内", "outside the window";
    issued_at: "签发时间（UTC）", "Issued at (UTC)";
    standing: "状态", "Standing";
    lanes: "车道", "Lanes";
    any_lane: "不限", "any";
    vehicle: "车辆", "Vehicle";
    e_plate: "电子车牌", "Electronic plate";
    trailer: "挂车", "Trailer";
    driver: "驾驶员", "Driver";
    company: "企业", "Company";
    stages: "须完成环节", "Stages required";
    stages_done: "已完成环节", "Stages done";
    scan_required: "须机检", "Scan required";
    yes: "是", "yes";
    declared_gross: "申报毛重合计", "Declared gross in all";
    boxes: "集装箱", "Containers";
    no_boxes: "核放单未列集装箱。", "The pass lists no container.";
    size_type: "箱型", "Size-type";
    tare: "皮重", "Tare";
    seals: "封志", "Seals";
    no_seals: "无须封志", "none required";
    goods: "货物", "Goods";
    no_goods: "核放单未列货物。", "The pass lists no goods.";
    consignment: "提运单", "Consignment";
    manifest: "舱单", "Manifest";
    hs_code: "商品编码", "HS code";
    clearance: "通关状态", "Clearance";
    whole: "总量（申报）", "Whole (declared)";
    share: "本车份额（申报）", "Share of this vehicle (declared)";
    drawn: "其他车已核销", "Drawn by others";
    left: "核销后余量", "Left afterwards";
    packages: "件", "packages";
    not_in_ledger: "台账无此记录", "not in the ledger";
    will_draw: "放行时核销", "drawn at release";
    has_drawn: "本次判定已核销", "drawn with this decision";
    overdrawn: "超过余量", "more than is left";
    conveyance_note: "判定依据不含运输工具；请按舱单号在台账中查询。",
        "The decision's facts name no conveyance; look it up in the ledger by the manifest's number.";
    radiation: "辐射检测", "Radiation";
    reseal_recorded: "有重封记录", "reseal recorded";
    opened_since: "曾被开启", "opened since it was set";

    earlier: "历次判定", "Decisions of this passage";
    reasons: "拦下原因", "Held for";
    nothing_held: "无", "nothing";
}

impl Words {
    /// The language that they are of.
    pub(super) const fn language(&self) -> Language {
        if self.is_zh {
            Language::Zh
        } else {
            Language::En
        }
    }
}
