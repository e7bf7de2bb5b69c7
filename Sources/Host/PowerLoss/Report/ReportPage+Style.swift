extension ReportPage {
  /// What the page looks like: system fonts, light and dark, and ink only where it says something.
  static let style = """
    :root { --ink: #1b1b1b; --paper: #ffffff; --faint: #5f5f5f; --line: #c9c9c9;
      --good: #e3f3e6; --bad: #fbe0dd; --open: #fdf2d0; --edge: #8a1f11; }
    @media (prefers-color-scheme: dark) {
      :root { --ink: #e8e8e8; --paper: #161616; --faint: #a8a8a8; --line: #4a4a4a;
        --good: #16361d; --bad: #4d1a14; --open: #46380d; --edge: #ff9d8f; } }
    * { box-sizing: border-box; }
    body { margin: 0; background: var(--paper); color: var(--ink);
      font: 16px/1.5 system-ui, sans-serif; }
    main { max-width: 84rem; margin: 0 auto; padding: 1.5rem 1rem 4rem; }
    h1 { font-size: 1.7rem; margin: 0 0 .5rem; overflow-wrap: anywhere; }
    h2 { font-size: 1.25rem; margin: 2.2rem 0 .6rem; }
    h3 { font-size: 1rem; margin: 1.4rem 0 .4rem; }
    p { max-width: 48rem; margin: .4rem 0; }
    .verdict { border: 2px solid var(--line); border-left-width: .6rem; padding: .4rem 1rem;
      margin: 1rem 0; }
    .verdict.good, td.good { background: var(--good); }
    .verdict.bad, td.bad { background: var(--bad); }
    .verdict.bad { border-color: var(--edge); }
    .verdict.open, td.open { background: var(--open); }
    .headline { font-weight: 700; font-size: 1.3rem; letter-spacing: .04em; margin: .2rem 0; }
    td.bad { font-weight: 700; }
    .scroll { overflow-x: auto; }
    table { border-collapse: collapse; font-size: .88rem; margin: .6rem 0; }
    th, td { border: 1px solid var(--line); padding: .25rem .55rem; text-align: left;
      vertical-align: top; }
    thead th { border-bottom-width: 2px; vertical-align: bottom; }
    tbody th { font-weight: 600; white-space: nowrap; }
    td.place { white-space: nowrap; }
    td.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
    pre { font: .82rem/1.45 ui-monospace, monospace; border-left: 3px solid var(--line);
      padding: .2rem .8rem; margin: .4rem 0; overflow-x: auto; }
    ol.line { list-style: none; padding: 0; }
    ol.line li { border-left: 3px solid var(--ink); padding: 0 0 1rem 1rem; margin: 0; }
    .bar { border: 1px solid var(--line); height: .7rem; max-width: 30rem; margin: .3rem 0; }
    .bar span { display: block; height: 0; border-top: .6rem solid var(--faint); }
    .ending { font-weight: 600; }
    summary { cursor: pointer; }
    a { color: inherit; }
    @page { size: landscape; margin: 12mm; }
    @media print {
      :root { --ink: #000000; --paper: #ffffff; --faint: #555555; --line: #999999;
        --good: #e3f3e6; --bad: #fbe0dd; --open: #fdf2d0; --edge: #8a1f11; }
      body { font-size: 10pt; }
      main { max-width: none; padding: 0; }
      .scroll, pre { overflow: visible; white-space: normal; }
      pre { white-space: pre-wrap; }
      table { font-size: 7pt; }
      th, td { padding: .1rem .25rem; }
      td.place { white-space: normal; }
      tr, ol.line li { break-inside: avoid; }
      thead { display: table-header-group; } }
    """
}
