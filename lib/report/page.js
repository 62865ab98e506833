// What report.html does beyond showing itself: switches of the axes, numbers of
// a dot, another margin or byte budget, sorting and filtering. The page is
// complete without it (page.cc); all data are in the table's rows.
'use strict';
(() => {
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const one = (selector, root = document) => root.querySelector(selector);

  const table = one('#schemes');
  const rows = all('tbody tr', table);
  // In the order of results.json, which decides between equals.
  const schemes = rows.map((row) => ({
    index: row.dataset.scheme,
    name: row.dataset.name,
    bytes: Number(row.dataset.bytes),
    loss: Number(row.dataset.loss),
    bound: Number(row.dataset.bound),
    summary: row.dataset.summary,
  }));

  // --- The axes: C++ has drawn every pair; one of them is shown.
  const views = all('.view');
  const visible = () => views.find((view) => !view.hidden);
  function showView() {
    const picked = (axis, fallback) =>
      one(`input[name="${axis}"]:checked`)?.value ?? fallback;
    const x = picked('x', views[0].dataset.x);
    const y = picked('y', views[0].dataset.y);
    for (const view of views) {
      view.hidden = view.dataset.x !== x || view.dataset.y !== y;
    }
    makeFocusable();
  }

  // --- A dot's numbers: on hover, touch and focus.
  const detail = one('#detail');
  function showDetail(dot) {
    for (const other of all('.dot.chosen')) other.classList.remove('chosen');
    for (const row of rows) {
      row.classList.toggle('chosen', row.dataset.scheme === dot.dataset.scheme);
    }
    dot.classList.add('chosen');
    detail.textContent = one('title', dot).textContent;
  }
  // From left to right; the file has them in the order in which they are painted.
  function dotsOf(view) {
    const x = (dot) => one('.mark', dot).cx.baseVal.value;
    return all('.dot', view).sort((a, b) => x(a) - x(b));
  }
  // One stop of the Tab key for all dots of a chart; arrow keys go on from it.
  function makeFocusable() {
    for (const dot of all('.dot')) dot.removeAttribute('tabindex');
    const dots = dotsOf(visible());
    dots.forEach((dot, i) => dot.setAttribute('tabindex', i === 0 ? 0 : -1));
  }
  function moveFocus(event) {
    const dots = dotsOf(visible());
    const at = dots.indexOf(event.target.closest('.dot'));
    const next = { ArrowRight: at + 1, ArrowUp: at + 1, ArrowLeft: at - 1,
      ArrowDown: at - 1, Home: 0, End: dots.length - 1 }[event.key];
    if (at < 0 || next === undefined) return;
    event.preventDefault();
    const dot = dots[Math.min(Math.max(next, 0), dots.length - 1)];
    dots[at].setAttribute('tabindex', -1);
    dot.setAttribute('tabindex', 0);
    dot.focus();
  }
  // Dots may lie on each other, so the nearest one counts, in the drawing's units.
  const reach = 30;
  function nearestDot(svg, event) {
    const point = new DOMPoint(event.clientX, event.clientY)
      .matrixTransform(svg.getScreenCTM().inverse());
    let nearest = null;
    let least = reach;
    for (const dot of all('.dot', svg)) {
      const mark = one('.mark', dot);
      const distance = Math.hypot(mark.cx.baseVal.value - point.x,
        mark.cy.baseVal.value - point.y);
      if (distance < least) [nearest, least] = [dot, distance];
    }
    return nearest;
  }
  for (const view of views) {
    const svg = one('svg', view);
    const point = (event) => {
      const dot = nearestDot(svg, event);
      if (dot) showDetail(dot);
    };
    svg.addEventListener('pointermove', point);
    svg.addEventListener('pointerdown', point);
    view.addEventListener('keydown', moveFocus);
    // Not of the <svg>: with this listener Chromium would let it take the focus.
    view.addEventListener('focusin', (event) => {
      const dot = event.target.closest('.dot');
      if (dot) showDetail(dot);
    });
  }
  for (const input of all('.switches input')) {
    input.addEventListener('change', showView);
  }

  // --- The choice, as SchemeToShip in lib/statistics/decision.cc makes it: the
  // smallest scheme whose bound is below the margin (of equal bytes the one with
  // the lower bound, then the first), if it fits the budget; otherwise the one
  // within the budget that loses least. A budget of 0 is no limit.
  function smallestBelow(margin) {
    let smallest = null;
    for (const scheme of schemes) {
      if (!(scheme.bound < margin)) continue;
      if (smallest && (scheme.bytes > smallest.bytes ||
          (scheme.bytes === smallest.bytes && scheme.bound >= smallest.bound))) {
        continue;
      }
      smallest = scheme;
    }
    return smallest;
  }
  function schemeToShip(margin, budget) {
    const fits = (scheme) => budget === 0 || scheme.bytes <= budget;
    const smallest = smallestBelow(margin);
    if (smallest && fits(smallest)) return smallest;
    let best = null;
    for (const scheme of schemes) {
      if (!fits(scheme)) continue;
      if (best === null || scheme.loss < best.loss) best = scheme;
    }
    return best;
  }

  const explore = one('#explore');
  const published = explore && {
    margin: Number(explore.dataset.margin),
    budget: Number(explore.dataset.budget),
    scheme: explore.dataset.scheme,
    metric: explore.dataset.metric,
    unit: explore.dataset.unit,
  };
  const commas = (value) => String(value).replace(/\B(?=(\d{3})+$)/g, ',');
  // Three digits, as few as say the same; never "-0".
  const short = (value) => String(Number(value.toPrecision(3)) + 0);
  const lossText = (value) => published.unit === '%' ? `+${short(value)} %`
    : `${short(value)} ${published.unit}`;

  function choiceText(choice, margin, budget) {
    const asked = `margin ${lossText(margin)}, ` +
      (budget === 0 ? 'no byte budget' : `at most ${commas(budget)} bytes`);
    if (!choice) return `With ${asked}: no scheme fits.`;
    const misses = choice.bound < margin ? ''
      : ' Its bound is not below the margin; of the schemes that fit, it loses least.';
    return `With ${asked}: ${choice.name}, ${choice.summary}.${misses}`;
  }
  function showMargin(margin) {
    for (const view of views) {
      const line = one('.margin', view);
      if (!line) continue;
      const { threshold, low, high, top, bottom } = one('svg', view).dataset;
      const plotted = Number(threshold) === 0 ? margin : Math.asinh(margin / threshold);
      const share = (plotted - low) / (high - low);
      line.style.display = share >= 0 && share <= 1 ? '' : 'none';
      line.setAttribute('transform', `translate(0,${bottom - share * (bottom - top)})`);
      one('text', line).textContent = `margin ${lossText(margin)}`;
    }
  }
  function showTrial(choice) {
    for (const view of views) {
      const dot = choice && one(`.dot[data-scheme="${choice.index}"] .mark`, view);
      const ring = one('.trial', view);
      ring.classList.toggle('shown', Boolean(dot));
      if (!dot) continue;
      ring.setAttribute('cx', dot.getAttribute('cx'));
      ring.setAttribute('cy', dot.getAttribute('cy'));
    }
  }
  function recommend(margin, budget) {
    const choice = schemeToShip(margin, budget);
    const explores = margin !== published.margin || budget !== published.budget;
    const output = one('#choice');
    output.dataset.scheme = choice ? choice.name : '';
    output.classList.toggle('trial-choice', explores);
    output.textContent = choiceText(choice, margin, budget) + (explores
      ? ` This is exploration. The published decision stays: ${published.scheme || 'none'}.`
      : ' This is the published decision.');
    showMargin(margin);
    showTrial(explores ? choice : null);
  }

  // --- Two controls, each a slider on a logarithmic scale and a number.
  const steps = 1000;
  function connect(slider, low, high, isWhole) {
    slider.max = steps;
    const fromSlider = () => {
      const value = low * Math.exp(slider.value / steps * Math.log(high / low));
      return isWhole ? Math.round(value) : Number(value.toPrecision(3));
    };
    const toSlider = (value) => {
      const share = Math.log(value / low) / Math.log(high / low);
      slider.value = Math.round(Math.min(Math.max(share, 0), 1) * steps);
    };
    return { fromSlider, toSlider };
  }
  function startExploring() {
    const margin = { slider: one('#margin-slider'), number: one('#margin') };
    const budget = { slider: one('#budget-slider'), number: one('#budget') };
    const bytes = schemes.map((scheme) => scheme.bytes);
    const bounds = schemes.map((scheme) => scheme.bound);
    margin.map = connect(margin.slider, published.margin / 100,
      Math.max(10 * published.margin, 2 * Math.max(...bounds)), false);
    // The end on the right is no limit; a little below the smallest nothing fits.
    budget.map = connect(budget.slider, 0.95 * Math.min(...bytes),
      1.01 * Math.max(...bytes), true);
    // An empty field counts as 0.
    const valueOf = (input) => Math.max(Number(input.value) || 0, 0);
    const update = () => {
      const m = valueOf(margin.number) || published.margin;
      const b = valueOf(budget.number);
      margin.slider.setAttribute('aria-valuetext', lossText(m));
      budget.slider.setAttribute('aria-valuetext', b === 0 ? 'no limit' : `${commas(b)} bytes`);
      recommend(m, b);
    };
    margin.slider.addEventListener('input', () => {
      margin.number.value = margin.map.fromSlider();
      update();
    });
    margin.number.addEventListener('input', () => {
      if (valueOf(margin.number) > 0) margin.map.toSlider(valueOf(margin.number));
      update();
    });
    budget.slider.addEventListener('input', () => {
      budget.number.value = Number(budget.slider.value) === steps ? '' : budget.map.fromSlider();
      update();
    });
    budget.number.addEventListener('input', () => {
      const value = valueOf(budget.number);
      if (value === 0) budget.slider.value = steps; else budget.map.toSlider(value);
      update();
    });
    const reset = () => {
      margin.number.value = published.margin;
      margin.map.toSlider(published.margin);
      budget.number.value = published.budget === 0 ? '' : published.budget;
      if (published.budget === 0) budget.slider.value = steps;
      else budget.map.toSlider(published.budget);
      update();
    };
    one('#reset').addEventListener('click', reset);
    reset();
  }

  // --- The table: headers become buttons, cells compare by data-value.
  const keyOf = (row, column) => {
    const cell = row.cells[column];
    return cell.dataset.value === undefined ? cell.textContent : Number(cell.dataset.value);
  };
  function compare(a, b) {
    // What was not measured ("–", a text among numbers) comes last either way.
    if (typeof a !== typeof b) return typeof a === 'number' ? -1 : 1;
    return a < b ? -1 : a > b ? 1 : 0;
  }
  function sortBy(header) {
    const column = header.cellIndex;
    const direction = header.getAttribute('aria-sort') === 'ascending' ? -1 : 1;
    for (const other of all('thead th', table)) other.removeAttribute('aria-sort');
    header.setAttribute('aria-sort', direction === 1 ? 'ascending' : 'descending');
    const sorted = [...rows].sort((a, b) => {
      const [x, y] = [keyOf(a, column), keyOf(b, column)];
      return typeof x === typeof y ? direction * compare(x, y) : compare(x, y);
    });
    one('tbody', table).append(...sorted);
  }
  function filter() {
    const wanted = one('#filter').value.trim().toLowerCase();
    let shown = 0;
    for (const row of rows) {
      const text = `${row.dataset.name} ${row.cells[1].textContent}`;
      row.hidden = !text.toLowerCase().includes(wanted);
      shown += row.hidden ? 0 : 1;
    }
    one('#shown').textContent = `${shown} of ${rows.length} schemes`;
  }
  for (const header of all('thead th', table)) {
    const button = document.createElement('button');
    button.type = 'button';
    button.textContent = header.textContent;
    header.replaceChildren(button);
    button.addEventListener('click', () => sortBy(header));
  }
  one('#filter').addEventListener('input', filter);

  for (const element of all('.script-only')) element.hidden = false;
  filter();
  showView();
  // Filled from the start, so that pointing at a dot moves nothing.
  showDetail(one('.ring', visible())?.closest('.dot') ?? dotsOf(visible())[0]);
  if (explore) startExploring();
})();
