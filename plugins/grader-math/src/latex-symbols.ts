/**
 * LaTeX commands that stand for a character or a word. Data only. The spellings are those of the text that the reference
 * grades on: comparing symbols needs no more than that two different symbols have two different texts.
 */

const WORDS = 'cos sin tan sinh cosh tanh arcsin arccos arctan log ln exp max min lim sup inf';

const SYMBOLS =
  `alpha α beta β gamma γ delta δ epsilon ϵ varepsilon ε zeta ζ eta η theta θ vartheta ϑ iota ι kappa κ lambda λ mu μ nu ν
  xi ξ pi π varpi ϖ rho ρ varrho ϱ sigma σ varsigma ς tau τ upsilon υ phi ϕ varphi φ chi χ psi ψ omega ω digamma ϝ
  Gamma Γ Delta Δ Theta Θ Lambda Λ Xi Ξ Pi Π Sigma Σ Upsilon Υ Phi Φ Psi Ψ Omega Ω
  infty ∞ emptyset ∅ varnothing ∅ aleph ℵ hbar ħ ell ℓ wp ℘ hslash ℏ nabla ∇ partial ∂ forall ∀ exists ∃ nexists ∄ complement ∁
  in ∈ notin ∉ ni ∋ subset ⊂ supset ⊃ subseteq ⊆ supseteq ⊇ nsubseteq ⊈ nsupseteq ⊉ subsetneq ⊊ supsetneq ⊋ cup ∪ cap ∩
  setminus ∖ smallsetminus ∖ bigcup ⋃ bigcap ⋂ wedge ∧ vee ∨ lnot ¬ therefore ∴ because ∵ perp ⊥ angle ∠ parallel ∥
  nparallel ∦ square □ prod ∏ coprod ∐ sum ∑ int ∫ iint ∬ iiint ∭ oint ∮ pm ± mp ∓ times × div ÷ cdot · ast ∗ star ⋆ circ ∘
  bullet ∙ oplus ⊕ otimes ⊗ bigoplus ⊕ bigotimes ⊗ le ≤ leq ≤ ge ≥ geq ≥ leqslant ⩽ geqslant ⩾ leqq ≦ geqq ≧ lneqq ≨ gneqq ≩
  ll ≪ gg ≫ nless ≮ ngtr ≯ nleq ≰ ngeq ≱ lesssim ≲ gtrsim ≳ neq ≠ equiv ≡ approx ≈ sim ∼ simeq ≃ cong ≅ propto ∝ prec ≺ succ ≻
  to → rightarrow → leftarrow ← leftrightarrow ↔ Rightarrow ⇒ Leftarrow ⇐ Leftrightarrow ⇔ mapsto ↦ uparrow ↑ downarrow ↓
  ldots … dots … cdots ⋯ vdots ⋮ ddots ⋱ prime ' mid | vert | Vert ‖ lvert | rvert | lfloor ⌊ rfloor ⌋ lceil ⌈ rceil ⌉
  langle ⟨ rangle ⟩ dagger † dag † i ı j ȷ backslash \\ textbackslash \\ textendash – textemdash — textpm ±
  { { } } $ $ % % & & # # _ _`.split(/\s+/);

/** Command name without its backslash -> text. */
export const SYMBOL_TEXT: ReadonlyMap<string, string> = new Map([
  ...WORDS.split(' ').map((word): [string, string] => [word, word]),
  ...Array.from({ length: SYMBOLS.length / 2 }, (_, pair): [string, string] => [
    SYMBOLS[2 * pair] ?? '',
    SYMBOLS[2 * pair + 1] ?? '',
  ]),
  ...[',', ';', ':', ' '].map((space): [string, string] => [space, ' ']),
  ['quad', '  '],
  ['qquad', '    '],
  ['\\', '\n'],
]);

/** Commands that only change how the text looks: dropping them loses nothing. Braces after them are kept by themselves; degree marks are dropped by the reference everywhere. */
export const APPEARANCE: ReadonlySet<string> = new Set(
  `displaystyle textstyle scriptstyle limits nolimits left right big Big bigg Bigg bigl bigr Bigl Bigr biggl biggr boxed
  operatorname mathop mathrel mathbin bf rm it bold boldsymbol normalsize small large thinspace enspace medspace thickspace
  negthinspace hfill hline noindent centering phantom degree ang ! > / * - ( ) [ ]`.split(/\s+/),
);

/** Accents, as combining characters. */
export const ACCENTS: ReadonlyMap<string, string> = new Map([
  ['hat', '\u0302'],
  ['tilde', '\u0303'],
  ['bar', '\u0305'],
  ['vec', '\u20d7'],
  ['dot', '\u0307'],
  ['ddot', '\u0308'],
]);

/** First code point of the upper-case and of the lower-case alphabet of each style, with the letters that live elsewhere. */
const STYLES: Readonly<Record<string, readonly [upper: number, lower: number, elsewhere: string]>> = {
  mathbf: [0x1d400, 0x1d41a, ''],
  mathit: [0x1d434, 0x1d44e, 'hℎ'],
  mathsf: [0x1d5a0, 0x1d5ba, ''],
  mathtt: [0x1d670, 0x1d68a, ''],
  mathbb: [0x1d538, 0x1d552, 'CℂHℍNℕPℙQℚRℝZℤ'],
  mathcal: [0x1d49c, 0x1d4b6, 'BℬEℰFℱHℋIℐLℒMℳRℛeℯgℊoℴ'],
  mathscr: [0x1d49c, 0x1d4b6, 'BℬEℰFℱHℋIℐLℒMℳRℛeℯgℊoℴ'],
  mathfrak: [0x1d504, 0x1d51e, 'CℭHℌIℑRℜZℨ'],
};

export function isLetterStyle(command: string): boolean {
  return Object.hasOwn(STYLES, command);
}

/** The letters A-Z and a-z of a text in a mathematical alphabet; other characters as they are. */
export function styleLetters(text: string, command: string): string {
  const style = STYLES[command];
  if (style === undefined) return text;
  const [upper, lower, elsewhere] = style;
  return text.replace(/[A-Za-z]/g, letter => {
    const known = elsewhere.indexOf(letter);
    if (known >= 0) return elsewhere[known + 1] ?? letter;
    const code = letter.charCodeAt(0);
    return String.fromCodePoint(code >= 97 ? lower + code - 97 : upper + code - 65);
  });
}
