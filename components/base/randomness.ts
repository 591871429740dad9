/** For each letter from a to z, those that often follow it in English and in identifiers: 282 of 676 pairs. */
const followers =
  "bcdfgiklmnprstuvwy aceilorstuy acehiklorstuy adegilorsu abcdefgilmnopqrstuvwxy aefilortuy aeghilnorsu aehiort abcdefglmnoprstvxz e eisu adeilopstuvy abeimopsu acdefgiklnostuvy abcdfgiklmnoprstuvw aehiloprstu u abcdefgiklmnoprstuvy acefhiklmopstuy acdehilorstuy abcdefgilmnprst aeio aehinors ceipt eimnops ae".split(
    " ",
  );

/** Whether a run of letters and digits is random rather than one or several words, by its pairs of letters and its digits between letters. */
export function looksRandom(run: string): boolean {
  const text = run.toLowerCase().replace(/\d+$/, "");
  let odd = 0;
  for (let at = 1; at < text.length; at++) {
    const [before = "", after = ""] = [text[at - 1], text[at]];
    const isDigit = /\d/.test(before);
    if (isDigit !== /\d/.test(after)) odd += 1;
    else if (!isDigit && !followers[before.charCodeAt(0) - 97]?.includes(after)) odd += 1;
  }
  // Where words meet, a pair may be odd. Of random strings of 16 letters, 3 in 1000 have as few.
  return odd > Math.max(2, Math.floor(text.length / 7));
}
