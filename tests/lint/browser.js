// Looks at each report as a browser shows it, at several widths: whether anything sticks out or lies over something else, and
// whether all text stands out from its background as WCAG 2.1 wants it (1.4.3, 1.4.10). What is wrong goes, a line each, into the
// element "wrong", and what was looked at into "seen".
'use strict';

const TEXT_CONTRAST = 4.5, LARGE_TEXT_CONTRAST = 3, LARGE_TEXT_PX = 24, LARGE_BOLD_PX = 18.66;
const wrong = new Set(), seen = {pages: 0, texts: 0, pictures: 0};

function rgba(text)
{
    const numbers = text.match(/[\d.]+/g).map(Number);
    return numbers.length === 3 ? [...numbers, 1] : numbers;
}

function over(front, back)
{
    return [0, 1, 2].map((i) => front[i] * front[3] + back[i] * (1 - front[3])).concat(1);
}

function luminance(color)
{
    const [r, g, b] = color.slice(0, 3).map((value) => {
        const share = value / 255;
        return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(a, b)
{
    const [dark, light] = [luminance(a), luminance(b)].sort((x, y) => x - y);
    return (light + 0.05) / (dark + 0.05);
}

function background(element, style)
{
    if (element === null)
        return [255, 255, 255, 1];
    const color = rgba(style(element).backgroundColor);
    return color[3] === 1 ? color : over(color, background(element.parentElement, style));
}

// In a picture, what is drawn below a text is what was drawn before it, and is there.
function drawn_below(text, style)
{
    const middle = center(text.getBoundingClientRect());
    const shapes = [...text.ownerSVGElement.querySelectorAll('rect, circle')].filter(
        (shape) => shape.compareDocumentPosition(text) & Node.DOCUMENT_POSITION_FOLLOWING &&
            contains(shape.getBoundingClientRect(), middle) && style(shape).fill !== 'none');
    return shapes.length > 0 ? rgba(style(shapes.at(-1)).fill) : background(text.ownerSVGElement, style);
}

function center(box)
{
    return {x: (box.left + box.right) / 2, y: (box.top + box.bottom) / 2};
}

function contains(box, point)
{
    return box.left <= point.x && point.x <= box.right && box.top <= point.y && point.y <= box.bottom;
}

function overlap(a, b)
{
    return Math.min(a.right, b.right) - Math.max(a.left, b.left) > 1 &&
        Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 1;
}

function quoted(element)
{
    return `"${element.textContent.trim().slice(0, 60)}"`;
}

function look_at_contrast(element, style, tell)
{
    const picture = element.ownerSVGElement !== undefined && element.ownerSVGElement !== null;
    const own = style(element), size = parseFloat(own.fontSize), bold = Number(own.fontWeight) >= 700;
    const back = picture ? drawn_below(element, style) : background(element, style);
    const ratio = contrast(over(rgba(picture ? own.fill : own.color), back), back);
    const large = size >= LARGE_TEXT_PX || (bold && size >= LARGE_BOLD_PX);
    seen.texts++;
    if (ratio < (large ? LARGE_TEXT_CONTRAST : TEXT_CONTRAST))
        tell(`${quoted(element)} has a contrast of only ${ratio.toFixed(2)}`);
}

function look_at_pictures(page, tell)
{
    for (const picture of page.querySelectorAll('svg')) {
        const texts = [...picture.querySelectorAll('text')];
        seen.pictures++;
        texts.forEach((a, i) => texts.slice(i + 1).forEach((b) => {
            if (overlap(a.getBoundingClientRect(), b.getBoundingClientRect()))
                tell(`${quoted(a)} lies over ${quoted(b)}`);
        }));
    }
}

function has_own_text(element)
{
    return [...element.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.data.trim() !== '');
}

function is_foreign(element)
{
    return ['SCRIPT', 'IMG', 'IFRAME', 'LINK', 'OBJECT', 'EMBED', 'FORM', 'BASE'].includes(element.tagName.toUpperCase()) ||
        [...element.attributes].some((attribute) => attribute.name.startsWith('on') ||
            (['href', 'src', 'xlink:href'].includes(attribute.name) && !attribute.value.startsWith('#')));
}

function look_at_element(element, width, style, tell)
{
    const box = element.getBoundingClientRect();
    if (is_foreign(element))
        tell(`<${element.tagName}> has no business there`);
    if (box.width > 0 && (box.right > width + 1 || box.left < -1))
        tell(`<${element.tagName}> ${quoted(element)} reaches from ${box.left} to ${box.right}`);
    if (has_own_text(element) && box.width > 0)
        look_at_contrast(element, style, tell);
}

function look(frame)
{
    const page = frame.contentDocument, view = frame.contentWindow;
    const style = (element) => view.getComputedStyle(element);
    const tell = (what) => wrong.add(`${frame.title}: ${what}`);
    const width = page.documentElement.clientWidth;
    if (page.documentElement.scrollWidth > width)
        tell(`is ${page.documentElement.scrollWidth} wide`);
    for (const element of page.body.querySelectorAll('*'))
        look_at_element(element, width, style, tell);
    look_at_pictures(page, tell);
    seen.pages++;
}

addEventListener('load', () => {
    for (const frame of document.querySelectorAll('iframe'))
        look(frame);
    document.getElementById('seen').textContent =
        `${seen.pages} pages, ${seen.texts} texts, ${seen.pictures} pictures`;
    document.getElementById('wrong').textContent = [...wrong].join('\n');
});
