// Where an item of a plan goes that was dragged, without the page: order.js moves the rows.

// Over the lower half of a row it goes behind it, else before it.
export const isBehind = (y, row) => y > row.top + row.height / 2;

// What the hub is told. next: the item that it now stands before, "" at the end of the page;
// beyond: the first item of the module's next page, "" where there is none.
export const placeFields = ({ item, module, next, beyond, edition }) => (
  { edition, do: "place", item, module, before: next || beyond || "" });
