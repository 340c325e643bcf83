from .wallet import Book, Wallet


class Transfer:
    def __init__(self, wallet: Wallet, book: Book) -> None:
        self.wallet = wallet
        self.book = book

    async def reserve(self, amount: int) -> None:
        async with self.wallet.guard:
            self.wallet.amount -= amount
            async with self.book.guard:  # expect: D29@pair
                self.book.rows.append(amount)

    async def undo(self) -> None:
        async with self.book.guard:
            amount = self.book.rows.pop()
            async with self.wallet.guard:  # expect: D29@pair
                self.wallet.amount += amount
